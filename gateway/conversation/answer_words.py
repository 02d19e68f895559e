"""Words of yes, of no and of neither, as patterns over the plain words of a turn."""

from __future__ import annotations

import re


def one_of(*patterns: str) -> re.Pattern[str]:
    """Any of these, as whole words."""
    return re.compile(r"\b(?:" + "|".join(patterns) + r")(?!\w)")


THAT = (
    r"(?:that|this|it|these|those|everything|the \w+|(?:this|that) \w+|"
    r"all(?: of (?:that|it|this))?)(?:'s| is| was| are|'ll be| will be| would be|"
    r"'d be| should be| looks?| seems?| sounds?| feels?)?"
)
MORE = (
    r"(?:all |very |perfectly |absolutely |just |totally |really |so |pretty |quite |a |"
    r"an |to be )*"
)
GOOD = (
    rf"{MORE}(?:good|great|perfect|fine|correct|right|wonderful|excellent|lovely|ideal|optimal|"
    r"fantastic|awesome|brilliant|accurate|acceptable|agreeable|amazing|convenient|super|true|nice|"
    r"suitable|okay|ok|alright|all right|confirmed|best)"
)
DELIGHTED = (
    rf"{MORE}(?:great|perfect|correct|wonderful|excellent|lovely|ideal|optimal|fantastic|"
    rf"awesome|brilliant|amazing|super)"
)
"""Said alone these mean yes; "good", "fine", "right" and "okay" alone only mean: heard."""
I_WILL = (
    r"(?:i'll|i will|i'd like to|i would like to|i want to|we'll|let's|lets|let me|i can|"
    r"i could|i'd|i would)"
)
IT = (
    r"(?:it|that|this|them|those|(?:this|that|the \w+) (?:one|time|slot|appointment|"
    r"offer|dentist|doctor|choice|option|day))"
)
OFFERED = (
    r"(?:(?:him|her|them)(?= ?$| (?:please|then|thanks|thank)\b)|(?:this|that) (?:\w+ )?(?:one|"
    r"dentist|doctor|person|place|practice|office|clinic|practitioner|hygienist))"
)
"""Who was just offered, by a word that points back."""

_AS_IT_IS = (
    r"(?! (?:if|to|off|on|at|in|by|before|after|between|earlier|later|sooner|instead|changed)\b)"
)
""" "I want it on Friday" wants it otherwise."""
YES = one_of(
    r"yes|yeah|yep|yup|yea|yess|aye|surely|correct(?! me| this| that| it| my| the)|absolutely|"
    r"definitely|certainly|of course|indeed",
    r"(?<!make )(?<!making )(?<!be )(?<!how )(?<!are you )sure(?! (?:if|whether|about|what|when))",
    r"(?<!me )(?<!know )(?<!when )(?<!what )(?<!where )(?<!how )exactly(?! (?:when|where|how|who))",
    r"precisely|totally|affirmative|confirmed|agreed|by all means|please do|go ahead|"
    r"go for it|right on|roger|proceed",
    rf"(?:sounds?|looks?|seems?) (?:like a plan|{GOOD})",
    rf"{THAT} {GOOD}(?! (?:problem|too|not|time|day|now))",
    rf"{THAT} (?:works?|suits?|fits?|does it|checks out)(?! (?:not|out (?:not|badly)))",
    rf"{THAT} (?:will|would|should|does|can|could|might) (?:work|do|be {GOOD}|suit|fit)",
    r"(?:that|this|it)(?:'s| is) (?:it|the one|what i(?:'m| am)? (?:want|need|wanted|"
    r"looking for|after)|exactly \w+)",
    r"(?:works|fine|good|great|perfect|okay|ok) (?:for|by|with) (?:me|us)",
    rf"^(?:okay |ok |oh |ah |well |very |that's )?{DELIGHTED}(?= (?:thanks|thank|please|"
    rf"idea|let|then|and|i|for|can|could|what|where|all|yes)|$)",
    r"(?:book|confirm|schedule|reserve|take) (?:it|that|this|me in|that one)(?! (?:for|"
    r"on|at|to|instead)\b)",
    rf"(?:{I_WILL}|please|just) (?:do|take|have|pick|choose|accept|keep|go (?:with|for)|visit|"
    rf"book) {IT}(?! (?:if|to|instead|off|before|after|earlier|later|sooner)\b)",
    rf"(?:{I_WILL}|please|just) (?:like|love|prefer) {IT}{_AS_IT_IS}",
    rf"(?:i|we) (?:really )?(?:like|love|want|prefer|accept|approve of|agree to|"
    rf"confirm) {IT}{_AS_IT_IS}",
    rf"(?:i|we) find (?:it|that|this) {GOOD}|do (?:it|that)$",
    r"(?:i|we) (?:certainly |really |sure |definitely )?(?:do|am|will|did)(?= please|$)|"
    r"i would(?= please|$)|i(?:'d| would) love to",
    r"i (?:certainly|definitely|absolutely|sure) (?:do|am|will|would)|i (?:agree|accept|"
    r"assent|approve|concur|confirm)",
    r"i(?:'m| am) (?:happy|fine|okay|ok|good) with|you (?:got|have) (?:it|that right)|"
    r"you(?:'re| are) right|you bet",
    r"(?:why not|(?:don't|do not|can't) see why not|no objections?|"
    r"nothing wrong with that|wouldn't say no|don't mind if i do)",
    r"they are(?! not)|it does(?! not)|(?<!as )(?<!how )(?<!what )(?<!where )(?<!when )(?<!way )it "
    r"is(?= (?:correct|right|fine|good)|$)|true|okey dokey|sounds like it|count me in|"
    r"put me down(?: for (?:it|that))?(?! (?:for|on|at)\b)|(?:let's|lets) (?:book|confirm|reserve|"
    r"schedule)(?: (?:it|that|this))?(?= please|$)|(?:let's|lets) do (?:it|that|this)|"
    r"i(?:'m| am) (?:in|game|up for (?:it|that))(?= (?:please|thanks|thank|yes|then)|$)|"
    r"(?:that|this|it)(?:'s| is) a (?:yes|deal)|^(?:okay |ok |oh |well )*(?:deal|bingo|spot on|"
    r"accepted|yah?|yessir|make it so|go on then)$|(?:happy|fine) with (?:it|that|this)|"
    r"(?:i|we) can make (?:it|that)(?= |$)",
    r"(?:that|it|this)(?:'ll|'d)? (?:will |would |does |should )?(?:do|suits?|works?)(?: me| us)?"
    r"(?: just| very)? (?:nicely|fine|well|great|perfectly)|"
    r"(?:that|it|this)(?:'ll| will) have to do",
    rf"(?:book|booking|make|have|get|take|schedule|reserve|arrange)(?: \w+)? (?:appointment|"
    rf"appt|visit|booking|slot) with {OFFERED}",
)
ADVERBS = frozenset({
    "absolutely", "totally", "definitely", "certainly", "surely", "precisely", "exactly",
})  # fmt: skip
"""Said alone they mean yes; right before a no they only make it stronger."""
NO = one_of(
    r"no|nope|nah|naw|negative|never(?! (?:been|seen|used|done|tried|heard|met|visited) )|nay|"
    r"no way|neither|none(?: of (?:them|those|these|the above))?",
    r"not (?:really|at all|exactly|quite|that|this|today|now|for me|yet|necessary|needed|"
    r"interested|right|correct|true|good|possible|happening|a chance|what i|so (?:good|"
    r"great)|convinced)(?! (?:sure|certain|decided))",
    r"wrong|incorrect|i guess not|i think not|i hope not|of course not|absolutely not|"
    r"certainly not|definitely not|probably not|better not|maybe not|sure not",
    r"(?:don't|do not|didn't) (?:think so|believe so|want (?:that|it|this|to|any)|need|"
    r"like (?:that|it|this)|do (?:that|it)|agree|book|bother)",
    r"(?:please )?don't(?: do (?:it|that))?$|(?:i'd |i would )?rather not|(?:won't|don't|"
    r"do not|will not) (?:need|want|require) (?:any|anything|to)",
    rf"{THAT} ?(?:isn't|is not|not|wasn't|doesn't|does not|won't|will not|wouldn't|"
    rf"would not|can't) (?:really |quite |actually )?(?:right|correct|it|true|good|great|"
    rf"work|be|do|suit|fit|what|going|possible|ideal|fine|okay|ok|happen|need|convenient)",
    r"(?:that|this|it) (?:doesn't|does not|won't|will not|wouldn't|"
    r"would not)(?: really)? (?:work|suit|do|fit|be)",
    r"^(?:that |this |it )?(?:doesn't|does not|won't|wouldn't) (?:suit|work|do)|^false$",
    r"i (?:can't|cannot|couldn't)(?: make| do| manage)? (?:it|that|then)|i (?:can't|"
    r"cannot) (?:come|be there)|(?:can't|cannot) (?:make|do) (?:it|that)",
    r"i(?:'ve| have)? changed my mind|change (?:that|it|the|my)|strike that|scratch that|"
    r"on second thoughts?|never ?mind|forget (?:it|that|about it)",
    r"it (?:isn't|is not|doesn't|does not)|i (?:don't|do not|didn't|haven't|wouldn't)$|"
    r"disagree|i(?:'ll| will) pass|refuse",
)
NOTHING_MORE = one_of(
    r"(?:that's|that is|that was|that will be|that'll be|that would be|that should be|it's|it is|"
    r"this is|that's about) (?:all|it|everything|enough)(?! (?:i (?:want|need) to know)| good)",
    r"nothing(?: (?:else|more|further|for now))?|(?:i'm|i am|we're|"
    r"we are) (?:all )?(?:good|fine|done|set|finished|okay|ok)(?! (?:with|to go)\b)",
    r"all (?:set|good|done)|(?:i )?think (?:that's|that is|that will be|i'm|i am) (?:all|"
    r"it|done|good|everything)|that does it|all i (?:need|needed|wanted)",
    r"(?:you've|you have) been (?:\w+ )?helpful|(?:thanks|thank you) for (?:your|"
    r"all your|the) (?:help|assistance|time)",
)
MILD = one_of(
    r"uh huh|uhuh|uh hum|mm+|mm ?hmm?|mhm+|m ?hm+|hm+|okay|ok|okey|kay|right|alright|"
    r"all right|i see|got it|fine|cool|righto|"
    r"go on|(?:^|please )please$|good(?! (?:morning|evening|afternoon|day|night))|well|i hear you",
)
UNSURE = one_of(
    r"maybe|perhaps|possibly|probably|not (?:\w+ )?(?:sure|certain)|i'm (?:unsure|undecided)|"
    r"(?:haven't|have not|not) (?:yet )?decided|(?:don't|do not) know|dunno|"
    r"no idea|hard to say|we'll see",
    r"whatever|it depends|depends|let me think|i guess(?! not)|i suppose|kind of|sort of|"
    r"more or less|hm+|if you say so|i think so",
)
NO_BUT_FINE = re.compile(
    r"^(?:no|nope|nah)(?: no)?(?: thank you| thanks)? (?:that's|that is|it's|this is|"
    r"that'll be|that would be|it is|everything's) "
    r"(?:(?!not\b)\w+ )?(?:fine|good|okay|ok|great|perfect|alright|all right|correct|right)\b"
)
NO_TROUBLE = re.compile(r"^no (?:problem|worries|doubt|bother|trouble|objections?)\b")
HARMLESS_NO = one_of(
    r"(?:no|not a|not any) (?:problem|worries|trouble|bother|objections?|doubt|issue|rush|hurry)",
    r"(?:don't|do not|can't) see why not|why not|wouldn't say no|nothing wrong with that|"
    r"not bad|can't complain|don't mind if i do",
    r"not (?:only|just)|no later than|no earlier than|not (?:before|after|until|"
    r"later than|earlier than)|no matter",
    r"(?:doesn't|does not|don't|do not) (?:really )?(?:matter|mind|care|worry)|phone no",
    r"not too (?:early|late)|no one|(?:can't|cannot) say no|nothing could be better|"
    r"(?:no|not an?) issues?|couldn't be better",
)
""" "No" and "not" that mean neither."""
CHANGE = one_of(
    r"(?:change|move|switch|shift|make|push|reschedule|book|set|schedule|put|do|try) (?:it|that|"
    r"this|me|the (?:date|time|day|appointment|booking)|my appointment)(?: in)?(?: to)? (?:for|on|"
    r"at|this|next|tomorrow|today|the|\w+day|\d)",
    r"instead|(?:let's|lets) (?:make|try|change)|i mean(?:t)?|rather have|would rather|"
    r"i'd rather|i(?:'d| would)? prefer|i need (?:it|to)|make it|change (?:it|to|that)|"
    r"actually|better|only if|sorry|correction",
)
REPLACES = one_of(
    r"(?:change|make|move|switch|push) (?:it|that|this|the (?:date|time|day))(?! sense)",
    r"instead(?! of)|actually|better|(?:i'd |i would )?(?:rather|prefer)|(?:one more|another|a) "
    r"(?:change|correction)|i (?:mean|meant)|^(?:oh |um+ |uh )?sorry|correction|only if|"
    r"(?:let's|lets) make|now that i think",
)
"""With a new day, time or name these turn down what was said before, whatever was asked."""
THANKS = re.compile(r"^(?:(?:okay|ok|oh|great|well) )?(?:thank you|thanks)(?! (?:but|no|anyway)\b)")
BUT = one_of(r"but|except|only|however|although|just not")
DOUBLE_EDGED = re.compile(r"^why not$")
""" "Shall I cancel it?" -- "Why not?": too thin for something that is committed."""
LAST_WORD = re.compile(
    r"^(?:no+|nope) (?:yes|yeah|wait yes|sorry yes|actually yes|i mean yes)\b|"
    r"^(?:no+ )?(?:yeah|yes) no\b"
)
A_QUESTION = re.compile(
    r"\b(?:is|are|was|does|do you|am i|would|will)(?: (?:that|this|it|you|they|everything))? ?$"
)
