"""Acceptance and refusal without a yes or no, as patterns over the plain words of a turn.

They answer a question that commits nothing; where something would be written they are asked again.
"""

from __future__ import annotations

import re

from gateway.conversation.answer_words import GOOD, IT, OFFERED, one_of

_WILL = r"(?:that|this|it|he|she|they|those)(?:'ll|'d| will| would| should| could| can| might)"
_POLITE = r"(?: (?:please|thanks|thank you|then|for (?:me|us)|very much|today|now))*"
_I_CHOOSE = (
    r"(?:(?:i|we)(?:'d|'ll| would| will)?(?: (?:like|love|want|need|prefer))?(?: to)?|"
    r"(?:let's|lets)|let me|can i|could i|please|just)"
)
_POINTED = (
    rf"(?:{IT}|{OFFERED}|(?:him|her|them)(?= ?$| (?:please|then|thanks|thank|and|for|to|on|at|"
    r"very|as|because|so|instead)\b)|(?:this|that|the) (?:first|last|other|same) one)"
)
_FILLER = r"(?:(?:oh|ah|um+|uh|er|well|okay|ok|right|so|then|yes|and|ta|thanks|thank you) )*"

ACCEPTS = one_of(
    rf"{_WILL} (?:work|do|suit|fit|be {GOOD})",
    rf"^{_FILLER}(?:works|suits|fits|should work|would work)(?: (?:me|us|fine|well|great|perfectly|"
    r"nicely|for (?:me|us)))*$",
    rf"{_I_CHOOSE} (?:go (?:with|for|to)|pick|choose|take|select|try|visit|see|use|book with|"
    rf"meet(?: with)?|have) {_POINTED}",
    rf"(?:i|we)(?:'d| would)? (?:like|love|want|choose|pick|select|like the (?:sound|look) of) "
    rf"{_POINTED}(?! (?:on|at|in|by|before|after|earlier|later|sooner|instead)\b)",
    rf"(?:book|booking|schedule|reserve|make|set up|have|get|want|like|need|arrange)(?: me| us)?"
    rf"(?: in)?(?: an?| the| my)?(?: (?:appointment|appt|visit|booking|slot))? (?:with|at) "
    rf"{_POINTED}",
    r"(?:book|make|schedule|have|get|want|like)(?: me)? (?:an? |the )?(?:appointment|visit|booking)"
    r" there|to (?:book|go) there",
    r"(?:make|schedule|book|set up|arrange) (?:the|that|this) (?:appointment|visit|booking|slot)",
    rf"(?:schedule|set|sign|arrange|reserve) (?:it|that|this|me)(?: up)?(?: for (?:it|that))?"
    rf"{_POLITE}$",
    rf"^{_FILLER}(?:please |do )*(?:confirm|accept|affirm|continue|carry on|proceed|book|schedule|"
    rf"do so|keep going|go on)(?: (?:it|that|this))?{_POLITE}$",
    rf"^{_FILLER}(?:that|this|him|her|them|these|those)(?: (?:one|doctor|dentist|place|time|slot|"
    r"day))?(?: (?:please|thanks|thank you|then))+$",
    rf"^{_FILLER}(?:(?:that's|that is|it's|what) an? )?{GOOD} (?:choice|timing|option|pick|idea|"
    r"plan|suggestion|news)",
    r"(?:(?:that|this|it)(?:'s| is|'d be| would be| sounds| looks| seems)|sounds|looks|seems|^|"
    r"^(?:oh |okay |ok |well )) ?(?:just |absolutely |really |quite |simply |so )?(?:superb|"
    r"splendid|marvell?ous|terrific|fabulous|grand|smashing|delightful|nice|sweet|dandy|cracking|"
    r"prefect|perfec|wonderfull|suitable|satisfactory|sensible|reasonable|doable|manageable|"
    r"exactly it|magic|ace|happy days|sorted)(?! (?:to (?:meet|talk|speak|hear)|try|day|of you))",
    r"(?:couldn't|could not|can't|cannot) (?:be|get|have been|ask for(?: \w+)?) (?:any )?better|"
    r"(?:nothing|none) (?:could|can) be better",
    r"(?:don't|do not) have (?:a|any) (?:problem|issue|objection)s?|"
    r"(?:i'm|i am) not (?:opposed|against)|(?:can't|cannot) say no|"
    r"(?:that's|there's|that is|it's|^)(?: really)? ?(?:no|not an?) (?:problem|issue|bother|"
    r"trouble)s?",
    r"(?:that|this|it)(?:'s| is) (?:exactly |just |precisely )?what (?:i|we|you) (?:said|say|want|"
    r"wanted|need|needed|asked|meant|was|were|am|had|have)",
    rf"(?:those|these|the|all the|all those) \w+ (?:is|are|look|looks|sound|sounds) {GOOD}",
    r"(?:that|this|it) (?:matches|tallies|agrees|checks)|^(?:yes |yeah )?(?:that's|that is|this is|"
    r"it's|it is) (?:me|him|her|us|mine|my \w+)$",
    rf"^{_FILLER}(?:naturally|obviously|without (?:a )?doubt|no doubt|just so|let's|lets|oh please|"
    r"very well|please yes|ye|yes+|yse|yas|yis|yeh|uh yeah|i would|i believe so|i think so|"
    rf"i think that's right|i guess so|i suppose so|i'd say so|i hope so){_POLITE}$",
    rf"^{_FILLER}(?:please )?if (?:you|i) (?:would|could|can|may|don't mind|please|wouldn't mind)"
    r"(?: please)?$",
    r"(?:i'm|i am|i would be|i'd be|we're|we are) (?:very |really |quite )?(?:interested|happy|"
    r"pleased|glad|delighted|keen|satisfied)(?= (?:in|with|to|about|by)|$)",
)
"""What was put forward is taken."""

BOOKS_ANEW = one_of(
    r"(?:can|could|will|would) (?:you|i|we) (?:please |just |"
    r"also )?(?:help (?:me )?(?:to )?)?(?:book|make|schedule|set up|get|have|arrange|"
    r"reserve)(?: me| us)?(?: in(?: for)?)? an? (?:\w+ )?(?:appointment|appt|booking|visit|slot)",
)
""" "Can you make me an appointment at three": who asks for "an appointment" turns nothing down."""

TURNS_DOWN = one_of(
    r"not (?:him|her|them|those|these|my|the (?:right|same|one)|with (?:him|her|that))",
    r"(?:that's|that is|it's|it is|this is|those are|these are|that was) not (?:my|his|her|our|"
    r"their|the|how|where|when|who|an? )",
    r"inaccurate|mistaken|(?:a|the|your) (?:mistake|error)|(?:mixed|messed|muddled) (?:it |that |"
    r"them )?up|(?:spelled|spelt|written) (?:differently|wrong\w*|another way|incorrectly)",
    r"(?:i'm|i am|we're|we are|i'll be|i will be|i'd be) (?:already )?(?:busy|unavailable|away|"
    r"working|at work|at school|out of (?:town|the country)|on holiday|on vacation|travell?ing|"
    r"teaching|tied up|in (?:a|the) (?:meeting|class)|not (?:available|free|around|there|in|here|"
    r"home|able))",
    r"(?:won't|will not|not going to|not gonna) be (?:able|around|available|free|here|home|there|"
    r"in|back)",
    r"i(?:'ve| have)?(?: got| have)? (?:something(?: else)?(?: on)?|(?:work|school|class|classes|a "
    r"meeting|another \w+|plans)) (?:then|that day|at that time|on that day|already)",
    r"(?:i |i'll |i will |have to |must |i'd )declined?|^declined?$|"
    r"(?:afraid|unfortunately|regrettably|sadly|sorry) (?:i (?:can't|cannot|won't)|not|that's not|"
    r"it's not)|^hardly|by no means",
    r"^(?:\w+ )?(?:i'll |i will |let's |we'll |i'd |just |please |i think i'll )?(?:pass|skip|"
    r"hold off|leave it|stop|do not|don't|scrap (?:it|that)|drop it|"
    r"forget it)(?: (?:it|that|this one|on that|for now|now|thanks|thank you|please|there|at that|"
    r"then|today))*$",
    r"(?:we|they|he|she|it) (?:can't|cannot|don't|won't|doesn't|couldn't|didn't)$|"
    r"(?:don't|do not) (?:like|fancy|want|care for) (?:him|her|them|the \w+|his|those|these)",
    r"^(?:it's|it is|that's|i said|i meant) \w+(?: \w+)? not \w+(?: \w+)?$|"
    r"i (?:don't|do not) see (?:it|that|how)",
    r"^(?:maybe|perhaps|possibly|some) (?:later|another (?:time|day)|other (?:time|day)|next time)",
)
"""What was put forward is not taken."""

ALL_DONE = one_of(
    r"that(?:'s)?(?: just| about| should| ought to| pretty much)* (?:covers?|does|do|did) (?:it|"
    r"everything|all)(?! (?:again|for))|not (?:at (?:the|this) (?:moment|time|point)|right now|"
    r"just now)",
    r"(?:i've|i have|i|we) (?:got |have )?(?:everything|all|what) (?:i|we) (?:need|needed|want|"
    r"wanted|came for|asked for)",
    r"(?:you've|you have|you|that|that's|that has) answered|(?:been|are|were) (?:a|such a|"
    r"of) (?:great |big |real )?help|(?:can't|cannot) think of (?:any|some)thing|"
    r"(?:good|fine|okay|ok) for now",
    r"(?:i'm|i am|we're|we are) (?:very |quite |perfectly |completely )?(?:happy|satisfied|"
    r"content)$|everything(?:'s| is) (?:fine|good|clear|okay|ok)",
)
"""To "anything else?": no."""

NEGATED = re.compile(
    r"(?<!why )(?<!if )(?<!or )(?<!why do)(?<!why did)\b(?:don't|do not|didn't|did not|doesn't|"
    r"does not|won't|wouldn't|can't|cannot|can not|couldn't|shouldn't|never|not|isn't|ain't|"
    r"rather not)(?: (?:please|just|really|actually|want|wanna|like|wish|need|think|feel|say|"
    r"believe|to|be|yet|you|me|we|i|even|ever|quite|all that|that|so|very|going|gonna|have|had|"
    r"been|sure))* ?$"
)
""" "Don't" and the like right before a yes: "I don't want to take it", "can't do that"."""
