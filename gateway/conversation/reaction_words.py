"""How people take or turn down what was put forward, where nothing is committed by it.

Patterns over the plain words of a turn, beside those of acceptance_words.py. None of them is ever
the yes to a question that writes something.
"""

from __future__ import annotations

import re

from gateway.conversation.answer_words import DELIGHTED, one_of

_FILLER = (
    r"(?:(?:oh|ah|um+|uh|er|well|okay|ok|right|so|then|yes|yeah|and|ta|thanks|thank you|sorry|"
    r"no|but|hm+|i think|i'm afraid|unfortunately) )*"
)
_VERY = (
    r"(?:(?:a|an|the|bit|little|rather|very|really|quite|pretty|just|so|far|way|much|simply|"
    r"totally|absolutely|completely|all|kind of|sort of|perfectly|definitely|certainly) )*"
)
_IT_IS = (
    r"(?:that|this|it|he|she|they|these|those|which|there|(?:that|this|the) (?!line|connection|"
    r"reception|signal|sound)\w+)(?:'s|'re| is| are| was| were|'d be| would be|"
    r"'ll be| will be| sounds| looks| seems| feels)"
)
_POINTED = (
    r"(?:it|that|this|him|her|them|those|these|there|(?:that|this|the) (?:\w+ )?(?:one|time|slot|"
    r"day|date|appointment|offer|place|option|dentist|doctor|person|practice|clinic))"
)
_WE = r"(?:i|we|he|she|they|(?:both|all) of us|my \w+|our \w+)"
_AM = r"(?:i'm|i am|i'll be|i will be|i'd be|we're|we are|we'll be|she's|he's|they're)"
_THEN = (
    r"(?: (?:then|there|that (?:day|week|morning|afternoon|evening|time)|at that time|by then|"
    r"at that hour|on that (?:day|date)|in time|all (?:day|week|morning|afternoon)|that early|"
    r"that late|that soon|that far|so early|so late|so soon|so far))"
)
_END = r"(?: (?:please|thanks|thank you|then|for (?:me|us|now)|indeed|yes|too|as well|today|now))*$"

TAKEN = one_of(
    # "lock it in", "put me down": the office writes
    r"(?:lock|pencil|sign|put|slot|squeeze|write|mark|pop|fit|get|slip) (?:me|us|it|that|this|him|"
    r"her|them|that one) (?:in|down|up)(?! (?:instead|another|sooner|earlier|later|before|after|"
    r"any)\b)",
    rf"(?:i'll|i will|we'll|let me|can i|could i|may i|i'd like to|i want to|i can|let's|just|"
    rf"please)(?: just)? (?:grab|snag|nab|get|snap up|bag|claim|keep|secure) {_POINTED}",
    r"(?:grab|snap|pick|take) (?:it|that|this|that one) up",
    rf"(?:put|mark|book) (?:me|us) (?:in|down|up) for {_POINTED}",
    rf"^{_FILLER}(?:do|go for|go with|run with|book|take) {_POINTED}{_END}",
    # the caller looks forward to it, or will be there
    r"(?:looking|look) forward to (?:it|that|this|seeing|meeting|my)|(?:can't|cannot) wait",
    rf"{_AM} (?:so |very |really |quite |only too |more than |just )*(?:anxious|eager|keen|excited|"
    r"thrilled|dying|willing|prepared|ready|happy|glad|delighted|pleased) to (?!(?:know|hear|ask|"
    r"find|learn|hold|wait|call|ring|think|change|move|cancel|try|look|pass|skip)\b)\w+",
    rf"^{_FILLER}(?:(?:only too|more than|very|quite) )?(?:happy|glad)(?: to)?{_END}|"
    rf"^{_FILLER}(?!(?:nothing|none|neither) )(?:\w+ ){{1,3}}suits? (?:me|us)(?= |$)",
    r"^(?!.*\bnot\b).*\b(?:i'll|i will|we'll|we will|she'll|he'll) be there(?= |$)",
    rf"^{_FILLER}(?:(?:i'll|i will|we'll|we will) )?see you (?:then|there){_END}",
    # free at that time
    rf"{_AM} (?:completely |totally |still |usually )?(?:free|available|open|off)(?:{_THEN}|$)",
    rf"{_IT_IS} (?:free|open|available|clear) for (?:me|us)",
    rf"^{_FILLER}{_WE} (?:can|could) (?:make|do|manage|come|be there|get there|fit|swing)"
    rf"(?: (?:it|that|this|in))*{_THEN}?{_END}",
    # praise
    rf"^{_FILLER}(?:{_IT_IS} )?{_VERY}(?:spot on|bang on|on the money|handy|early enough|late "
    r"enough|close enough|near enough|soon enough|cheap enough|good enough|fair enough|fair|"
    r"as good as any|a date|a deal|music to my ears|just the ticket|just right|a (?:hundred|100) "
    rf"percent|(?:one )?hundred percent|100 percent|100 per cent){_END}",
    r"(?:you've got|you have|we have|we've got|you got) (?:yourself )?a deal|be my guest|"
    r"make it happen|book away|fire away|suit yourself",
    r"(?:couldn't|could not|can't|cannot) (?:be more|argue|complain|fault|ask for more)|"
    r"(?:no|not any) (?:complaints?|arguments?)|(?:don't|do not|wouldn't|won't) mind (?:that|it|"
    r"this|him|her|them|at all)",
    rf"^{_FILLER}{_IT_IS} (?:indeed|so){_END}|^{_FILLER}i would yes",
    rf"{_IT_IS} (?:leaves?|gives?) (?:me|us) (?:enough|plenty)|that (?:leaves|gives) (?:me|us) "
    r"(?:enough|plenty)",
    r"(?:those|these|they|details|everything|all)(?: (?:you|that|we) (?:\w+ ){1,3}?)?(?: are|"
    r"'re| is|'s| was| were) (?:all )?(?:the )?(?:right|correct)(?! (?:now|away))|"
    r"understood(?: \w+)? (?:correctly|perfectly|right|well)",
    rf"^{_FILLER}(?:confirm|accept|approve|keep|take|make|do) (?:the|this|that|my|our) "
    rf"(?:appointment|booking|visit|time|slot|reservation){_END}",
    r"(?<!you )(?:cool|alright|all right|happy|down|on board) with (?:that|it|this|me|us)|"
    rf"{_WE}(?:'d| would| really| much)* appreciate (?:it|that|this)|"
    r"(?:that|it)(?: would|'d) (?:really |also )?(?:help|be (?:(?:of|a|so|very|really|most|much|"
    r"great|big|super) )*(?:helpful|kind|appreciated|useful|help|handy))",
    r"(?:i|we) (?:do|really do) (?:want|like|need) (?:that|it|this|one)(?= |$)|very much so|"
    r"without (?:question|fail|hesitation)|sounds? (?:like a (?:winner|deal|dream)|gud|gr8)|"
    r"(?:all|good) to go$|(?:i'm|i am|we're) (?:all for (?:it|that|this)|sold|convinced|on board)"
    r"(?= |$)|you read my mind|(?:let us) (?:go with|go for|do|take|book|have|pick) \w+",
    # "great, how do I get there?": praise, and then a question about it
    rf"^(?:oh |okay |ok |ah |well )*(?:{DELIGHTED}) (?:and |so |but )*(?:how|who|do|does|is|are|"
    r"will|would|should|shall|when|where|what|which|may|can|could|has|have|"
    r"did)\b(?! (?:else|about (?:an)?other|other|have you got|you have (?:an)?other|"
    r"there (?:an)?other|there any))",
)
"""What was put forward is taken."""

NOT_TAKEN = one_of(
    rf"^{_FILLER}(?:{_IT_IS} )?{_VERY}too {_VERY}(?:far|early|late|soon|expensive|long|close|dear|"
    r"much|tight|short|rushed|busy|old|young)\b",
    rf"^{_FILLER}(?:{_IT_IS} )?{_VERY}(?:impossible|inconvenient|awkward|difficult|tricky|"
    r"unsuitable|bad|awful|terrible|horrible|dreadful|useless|rubbish|no use|no good|unacceptable|"
    r"out of the question|off the table|out of my way|unfortunate)(?: (?:time|day|one|idea|choice|"
    rf"hour|date|place|option))?(?: (?:for|to) (?:me|us|him|her|make|do|get to))?{_END}",
    rf"^{_FILLER}{_IT_IS} {_VERY}(?:problem|nightmare|trouble|pain)\b|"
    r"not (?:very |really |so |all that |too |particularly )?(?:convenient|handy|suitable|"
    r"practical|workable|feasible|doable|acceptable)",
    rf"(?:nowhere|not anywhere|not) near (?:me|us|my|our|here|enough)|{_IT_IS} {_VERY}far away",
    r"(?:not going to|not gonna|won't|isn't going to|isn't gonna|ain't gonna) (?:work|happen|do|"
    r"suit|fit|fly|be (?:possible|convenient|any good))",
    # "I don't fancy it"
    r"(?:don't|do not|didn't|did not|doesn't|does not|never|not) (?:really |much |particularly |"
    r"exactly |so much )*(?:like|fancy|care for|get on with|get along with|trust|rate|appeal|"
    r"approve of|enjoy|keen on|fond of|happy with|happy about|a fan of|thrilled|convinced|wild "
    r"about|comfortable with|into)(?= |$)",
    r"(?:bad|terrible|awful|horrible|poor|unpleasant) (?:experiences?|reviews?|ratings?|memories)",
    # something else is on then
    r"(?:clash|clashes|conflict|conflicts|interferes?|overlaps?) with|(?:i've|i have|i|we) already "
    r"(?:got |have |made )?(?:plans?|something|an? (?:\w+ )?(?:appointment|meeting|booking|class|"
    r"date)|promised|engaged|committed|work)",
    r"(?:that's|that is|it's|that was|which is) (?:just |exactly |right )?when (?:i|we|my|our|the)|"
    r"(?:i|we)(?:'ve| have| need| must|'ve got| have got| got) to (?:\w+ ){1,6}(?:then|that day|"
    r"at that time|at that hour)(?= |$)",
    r"(?:\w+'s|\w+ is|\w+ are|i'm|we're|i'll be|they're) (?:still |usually |always )*(?:at|in|on) "
    rf"(?:\w+ )?(?:school|work|college|university|class|court|church|hospital|training|duty|shift|"
    rf"nursery|practice)(?:{_THEN}| until| till)",
    r"(?:can't|cannot|couldn't|could not|won't|wouldn't|not) (?:be able to |going to |gonna )?"
    rf"(?:get|be|come|drive|travel|make it|reach|manage)(?: \w+){{0,3}}?{_THEN}",
    # "I'm out", "let's not"
    r"count (?:me|us) out|^(?:no |sorry |well )*i'm out$|(?:let's|lets|i'd prefer|i would prefer|"
    r"i'd sooner|i would sooner|i'd better|best|prefer|sooner|rather) not(?= |$)",
    r"(?:give|giving) (?:it|that|this|that one|this one|him|her) a miss|(?:i'll |i will |let's |"
    r"just |please )?skip (?:that|this|it|him|her)(?: one)?(?= |$)",
    r"(?:misheard|misunderstood|misspelled|mixed up|muddled|got (?:that|it|this|my \w+) wrong)|"
    r"(?:didn't|did not|never) (?:say|said|ask|asked|mean|meant|want|wanted|book|booked)\b",
    r"^(?:no |oh |well |sorry )*(?:that|this|it|he|she|they|those|these)"
    r"(?: isn't| aren't|'s not| is not|'re not| are not| wasn't| weren't)"
    r"(?: (?:my|his|her|our|their|the|mine|me|him|us|them)(?: \w+){0,2})?(?: i'm afraid)?$",
    # what it should be instead
    r"(?<!what )(?<!all )(?<!thing )(?<!one )(?<!that )(?:i|we) (?:wanted|asked for|requested|"
    r"meant|asked to|needed)(?! to (?:ask|know|hear|check|find|see|speak|talk|say))\b|"
    r"(?<!can )(?<!could )(?<!will )(?:make|switch|move|change|push|shift) (?:it|that|this|"
    r"the \w+) (?:to |for |at )?(?!(?:up|work|happen|so|out|clear|easy|down|in|please|quick|there|"
    r"over|then|on|in)\b)\w+",
    r"(?:needs?|has|have|must|should|ought)(?: to)? (?:be )?(?:chang|correct|fix|amend|differ)\w*|"
    r"^(?:no |oh |sorry |just |only |yes |but |well )*(?:one|a|another|two|some|small|slight|minor|"
    r"quick|tiny)(?: more| small| little| tiny)? (?:corrections?|changes?|mistakes?|errors?)",
    r"there(?:'s| is| are| was) (?:an?|some|one) (?:\w+ )?(?:error|mistake|mistakes|typo|change|"
    r"problem)",
    r"^(?:no |oh |well )*(?:almost|nearly|not (?:quite|entirely|completely|exactly)|close but)"
    r"(?: (?:right|correct|there|but\b.*|it's .*))?(?= |$)",
    r"^(?:no |oh |well |sorry |but )*(?:just )?not (?:at|on|in|there|with|to|then|here|by)(?= |$)|"
    r"any(?:thing|one|body|where|time)? but (?:that|this|him|her|then|there|these|those|them)",
    r"(?:don't|do not) (?:think|believe) (?:i|we|it|that|this|he|she|they)(?:'s|'ll)?(?: (?:can|"
    r"could|will|would|works?|suits?|is|does|am|are|fits?))?",
    r"(?:i|we|he|she|they) (?:can't|cannot|can not|couldn't|could not|won't|will not) (?:go|make|"
    r"get|be|come|manage|attend|travel|leave)\b(?! (?:up|better|more|enough|over|happier|"
    r"any better|ahead|wrong)\b)",
    rf"{_IT_IS} {_VERY}far(?= |$)(?! as\b)|{_VERY}far (?:away|"
    r"from (?:me|us|here|my|our|home|where))|a long (?:way|drive|journey|trek|trip|walk|ride)",
    r"(?:ratings?|reviews?|scores?|stars?) (?:is|are|was|were|looks?|seems?) (?:too |very |so |"
    r"quite |rather |pretty |really )*(?:low|bad|poor|terrible|awful|not)",
    rf"{_IT_IS} {_VERY}(?:expensive|pricey|dear|costly|overpriced)|not at the (?:moment|minute)",
    r"(?:i'll|i will) (?:have to )?(?:decide later|think (?:about|it over|on)|get back to you|"
    r"(?:call|ring|phone) (?:you )?(?:back|again|later)|let you know|sleep on it)",
    r"^(?:no |please |just |oh |sorry |then )*cancel(?: it| that| this)?(?: please| then| now)*$|"
    r"(?:spelled|spelt|written|it's|that's|^)(?: it's)? with (?:an? )?\w(?: (?:not|and) .*)?$|"
    r"(?:ends|starts|begins) (?:in|with)",
    r"(?:change|switch|swap|replace) (?:the|my|that|this) (?:dentist|doctor|practitioner|hygienist|"
    r"provider|place|location|day|date|time|office|clinic|practice|city|town)",
)
"""What was put forward is not taken."""

BOOKS = re.compile(
    r"\b(?:(?:i|we)(?:'d|'ll|'m| am| would| will)?(?: (?:like|love|want|need|wish|going|gonna|"
    r"ready))?(?: to)?|(?:let's|lets|please|just|to)|(?:can|could|will|would) (?:you|i|we)|^)"
    r"(?: please| just| also| then| now| help me| help me to)* (?:book|make|schedule|do|set up|fix|"
    r"arrange|get|have|reserve|set)(?: me| us)?(?: up)? (?:an?|the) (?:appointment|appt|visit|"
    r"booking|slot)\b"
)
""" "I'd like to make an appointment", where somebody was put forward and nothing was asked: with
them, since it is not said with whom."""
SOMEBODY_ELSE = re.compile(
    r"\b(?:an?|my|some|any|another|new|your|one of your) (?:\w+ ){0,2}?(?:dentist|doctor|physician|"
    r"gp|specialist|hygienist|practitioner|surgeon|nurse|therapist|someone|somebody|\w+ologist|"
    r"\w+ian)(?:s|'s)?\b|\b(?:with|see|to) (?:dr|doctor|mr|mrs|ms|miss)\b"
)
""" "With a dentist": whoever it may be."""
ASKS_WHEN = re.compile(
    r"^(?:so |and |but |um+ |uh |okay |ok |sorry |wait |oh )*(?:(?:is|was|would|will) (?:that|this|"
    r"it|he|she)(?: be)?\b(?! (?:possible|available|free|okay|ok|fine|all right|alright|better|"
    r"too|not|instead|be))|(?:which|what|when)(?! (?:about|if))\b|are you (?:open|closed|there))"
    r"(?!.*\b(?:instead|possible|better|rather)\b)"
)
""" "Is that this week?": what names a day or time and only asks about it."""
WHAT_IF = re.compile(r"^(?:so |and |but |okay |ok |well |um+ )*(?:what|and|but) (?:happens )?if\b")
""" "What if I can't come?": no refusal."""
INVERTED = re.compile(
    r"^(?:so |and |but |um+ |uh |oh )*(?:(?:who|what|which|where|when|how|why)\b|"
    r"(?:is|are|was|were|do|does|did|can|could|would|will|have|has) (?:i|you|we|he|she|it|they|"
    r"there|that|this|these|those|anyone|anybody)\b(?! please$))"
)
""" "Is he any good?": a question, in which a word like "good" agrees to nothing."""
