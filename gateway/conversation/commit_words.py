"""What an answer to "shall I book / move / cancel it?" says of the very act: ordered, or refused.

"Cancel it" agrees to a cancelling and to nothing else; "keep it" takes a booking and refuses a
cancelling. So the words for acts are weighed by the act that would be committed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from gateway.conversation.answer_words import HARMLESS_NO, YES, one_of
from gateway.conversation.meaning import Answer, Intent

_FILLER = (
    r"(?:um+|uh|er|erm|oh|ah|okay|ok|right|well|so|then|alright|all right|and|sorry|look|just|"
    r"please|now|actually|thanks|thank you)"
)
_YES = (
    r"(?:yes|yeah|yep|yup|yea|sure|surely|correct|absolutely|definitely|certainly|of course|"
    r"exactly|please do|go ahead|go for it|do it|do that|perfect|great|fine|good|lovely|"
    r"(?:that's|that is|that sounds|sounds|that would be|that'd be) (?:right|correct|fine|good|"
    r"great|perfect|okay|ok|lovely))"
)
_REQUEST = (
    r"(?:(?:go ahead and|go on and|go on|kindly|do|(?:can|could|would|will) you|"
    r"you (?:can|may|could|should|might)|(?:i|we)(?:'d| would)? (?:just )?(?:like|want|need|wish|"
    r"love|have)(?: you)? to|i wanna|i said(?: to)?|i told you to|(?:let's|lets)(?: just)?|let me|"
    r"you'd better|better|might as well|just|please) )*"
)
_THING = (
    r"(?:it|that|this|them|(?:that|this) (?:one|please)|(?:the|my|that|this|our|his|her|an) "
    r"(?:\w+ ){0,2}?(?:appointment|appt|booking|visit|slot|session|time|one))"
)
_TAIL = (
    r"(?: (?:please|thanks|thank you|now|then|for (?:me|us|him|her)|completely|altogether|in|off|"
    r"down|right away|straight away|yes|yeah|okay|ok|if you (?:can|could|would|will|don't mind)|"
    r"would you|will you|could you|cheers))*"
)
_VERBS: Mapping[Intent, str] = {
    Intent.BOOK: r"(?:book|reserve|schedule|confirm|arrange)",
    Intent.MOVE: r"(?:move|reschedule|shift|switch|push|swap|rebook|change|postpone)",
    Intent.CANCEL: r"(?:cancel|drop|scrap|delete|remove|call off)",
}
"""Act -> the verbs that order it."""
_DONE: Mapping[Intent, str] = {
    Intent.BOOK: r"(?:booked|reserved|scheduled|confirmed)",
    Intent.MOVE: r"(?:moved|rescheduled|shifted|switched|changed)",
    Intent.CANCEL: r"(?:cancell?ed|dropped|deleted|removed|called off)",
}


def _order(act: Intent) -> re.Pattern[str]:
    """The whole turn orders the act: nothing else is said that could mean something else."""
    thing = rf" {_THING}"
    ways = [f"{_VERBS[act]}{thing}"]
    ways.append(rf"(?:have|get|want|need|like) {_THING} {_DONE[act]}")
    lead = rf"(?:(?:{_FILLER}|{_YES}) )*{_REQUEST}"
    if act is Intent.BOOK:
        ways += [r"book (?:me|us|him|her)(?: in| for (?:that|it))+", r"put (?:me|us) down"]
    if act is Intent.MOVE:
        # "Change it" alone may also mean: what you have just read back.
        ways[0] = rf"(?!change|swap|switch){ways[0]}"
    if act is Intent.CANCEL:
        ways += [r"call (?:it|that|this) off", r"get rid of (?:it|that|this)"]
        ways.append(rf"(?:(?<=please )cancel|(?<=and )cancel|cancel(?= please))(?!{thing})")
    return re.compile(rf"{lead}(?:(?:i|we)(?:'d| would)? )?(?:{'|'.join(ways)}){_TAIL}$")


_ORDERS = {act: _order(act) for act in _VERBS}
_NOT = (
    r"(?:don't|do not|didn't|did not|not|never|no need to|no reason to|mustn't|must not|shouldn't|"
    r"can't|cannot|won't|wouldn't|instead of|without|stop|no longer)"
    r"(?: (?:yet|really|actually|please|you|just|ever|want|wanna|need|have|like|ask(?:ing|ed)?|say|"
    r"said|saying|tell|told|going|gonna|think|wish|to|i|we|us|me|should|even|be|it|that|rather|"
    r"dare|try|trying|allowed|supposed|meant|mean))*"
)
_SUGGESTED = re.compile(r"\b(?:why (?:don't|not)|(?:can't|couldn't|won't) you|don't you)\b")
""" "Why don't you cancel it": no refusal, and not clear enough to act upon."""
_ANY_YES = re.compile(rf"\b{_YES}(?!\w)")
_REFUSALS = {
    act: one_of(
        rf"{_NOT} (?:{verb}|{verb[3:-1].replace('|', 'ing|')}ing|cancelling|moving|{_DONE[act]})"
    )
    for act, verb in _VERBS.items()
}
_KEEPS = one_of(
    r"(?:keep|keeping|leave|leaving|hang on to|hold on to|stick (?:to|with)|stay with) "
    r"(?:it|that|this|them|things|everything|(?:the|my|that|this) \w+)",
    r"(?:keep|leave) (?:it )?(?:as|where|like|how|the way) (?:it|that) (?:is|was|stands)",
    r"(?:i'll|i will|we'll|we will|i can|we can|i could|i'm going to|i am going to|i'm still|"
    r"i am still|still) (?:still )?(?:be there|be coming|come|coming|make it|want (?:it|to come)|"
    r"need (?:it|that|to come)|attend|take it|have it|like (?:it|to come))",
    r"(?:i'd|i would|i want to|i'd like to|i would like to|i) (?:still )?(?:love|want|need|take|"
    r"have|like) (?:it|that|this|them)(?! (?:to be |be )?(?:cancel\w*|moved|gone|off|changed))",
    r"i(?:'d| would)? (?:still )?(?:want|like|need|love|have) to (?:still )?(?:come|attend|go|"
    r"be there|have it|take it|keep \w+)",
    r"(?:i'll|i will|we'll) (?:take|have|keep|attend|visit|book) (?:it|that|this|them)",
    r"(?:i'm|i am|count me|put me) (?:in|down)(?= |$)|see you (?:then|there)",
)
"""The appointment stays as it is."""
_TROUBLES = one_of(
    r"(?:i|we|she|he|they) (?:just |really |definitely |probably )?(?:can't|cannot|can not|won't|"
    r"will not|couldn't)(?: be able to)? (?:make|keep|do|attend|manage|come|be there|go|get)"
    r"(?: to)?(?: (?:it|that|this|there|then|in|anymore|any more|any longer))*",
    r"(?:i'm|i am|we're|we are|she's|he's) not (?:coming|able to (?:make it|come|attend)|going to "
    r"(?:make it|come|be there)|gonna (?:make it|come))(?: (?:anymore|any more|after all))*",
    r"(?:i|we|she|he|they) (?:don't|do not|no longer|won't|doesn't) (?:really )?(?:need|want|"
    r"require) (?:it|that|this|the \w+|to come|to keep (?:it|that))"
    r"(?: (?:anymore|any more|any longer|now|after all))*",
    r"(?:don't|do not|can't|cannot|won't) (?:want to |need to |be able to )?keep (?:it|that|this)",
    r"something (?:has )?(?:come|came) up|(?:i've|i have|i) changed my mind",
)
"""Why somebody cancels: no "no" to cancelling it, and no order either."""
_THIS = r"(?:it|that|this|them|everything|all of it|the (?:appointment|booking|whole thing))"
_OTHER_ACTS = {
    Intent.BOOK: one_of(
        rf"(?:cancel|drop|scrap|delete|forget|leave|skip|move|reschedule|postpone) {_THIS}"
        r"(?! (?:other|old|one on|one for))",
        r"call (?:it|that) off|(?:please |just |and |yes |to )cancel(?: please)?$",
        rf"{_THIS} (?:to be )?{_DONE[Intent.CANCEL]}",
        _TROUBLES.pattern,
    ),
    Intent.MOVE: one_of(
        rf"(?:cancel|drop|scrap|delete|forget) {_THIS}(?! (?:other|old|one on|one for))",
        r"call (?:it|that) off|(?:please |just |and |yes |to )cancel(?: please)?$",
        rf"{_THIS} (?:to be )?{_DONE[Intent.CANCEL]}",
    ),
    Intent.CANCEL: one_of(
        rf"(?:book|reserve|schedule|confirm|move|reschedule|postpone|shift|push) (?:me|us|{_THIS})",
        r"(?:let's|lets|please|to|and|yes) (?:book|confirm|reserve|schedule)",
        rf"{_THIS} (?:to be )?(?:{_DONE[Intent.BOOK]}|{_DONE[Intent.MOVE]})",
    ),
}
"""Act -> words for another one: no yes to this."""
_BEGINS_YES = re.compile(rf"(?:{_FILLER} )*{_YES}(?!\w)")
_BEGINS_NO = re.compile(rf"(?:{_FILLER} )*(?:no|nope|nah|naw|nay)(?!\w)")
_RESERVES = one_of(
    r"what|when|where|how|who|whose|which|why|if|unless|whether|until|wait|hang on|hold on|"
    r"moment|second|sec|minute|let me|depends|think|thinking|forgot|forget|away|busy|question",
    r"\w+n't|not|never|cannot|nobody|nothing|no",
    r"another|different|other|earlier|later|sooner|instead|rather|prefer|change|changed|better|"
    r"else|too (?:early|late|soon|far|long|much|expensive|bad)|mornings?|afternoons?|evenings?",
    r"said|say|says|saying|press|pressed|told|meant|means?|tell|explain|repeat|again|remember",
    r"hello|hi|hey|speaking|listen(?:ing)?|here|hear|hearing|i know|you know|i see",
    r"(?:can|could|do|does|did|is|are|was|were|will|would|have|has|should|may|am) (?:you|i|we|it|"
    r"they|he|she|there|that|this|anyone|anybody|someone)|go ahead and",
    r"(?:i|we)(?:'d| would| just| also| still| only)* (?:like|want|need|wanted|needed|have|had|got|"
    r"wish|wonder|wondered|wondering|hope|hoped)|i'm (?:in|at|on|just|trying|looking|calling)",
    r"gone|too early|one more|first|before|hurry",
)
"""Beside a yes: more than agreement, so the question is put again before anything is written."""
_NO_RESERVE = one_of(
    r"can't wait|don't (?:mind|worry)|if (?:you|that's|that is|it's|it is|i|we) (?:can|could|would|"
    r"will|may|please|okay|ok|alright|all right|possible|fine|don't mind)|if (?:possible|so)|"
    r"i (?:already |just )?said (?:yes|yeah)|not a problem|as (?:i|you) said|"
    r"see you (?:then|there)|(?:at|on|in) the (?:morning|afternoon|evening)|in the (?:morning|"
    r"afternoon|evening)|no (?:problem|worries)|i hope so|let me (?:have|take|do|book)|"
    r"(?:if that's|is that) all right",
)
_TOO_LITTLE = re.compile(
    rf"the yes\b|yeah right$|(?:{_FILLER} )*(?:that's|that is|this is|it's|it is) it"
    rf"(?: (?:{_FILLER}|very much|so much))*$|(?!yes\b|yeah\b|yep\b|yup\b).+ it is$"
)
""" "That's it" may also mean: that is all; "... it is" may be the end of "leave it as it is"."""
_BOOK_AGAIN = one_of(
    rf"{_REQUEST}(?:book|make|schedule|set up|arrange|reserve|confirm|fix)(?: me)?(?: up)? "
    r"(?:it|that|this|(?:an?|the|this|that|my) (?:appointment|visit|slot|booking))"
    r"(?: with (?:him|her|them|this \w+|that \w+))?",
    rf"{_REQUEST}(?:book|come|go there)(?= please|$)|(?:i'd|i would) (?:like|love) (?:it|that)",
)
"""Beside a yes to a booking these only ask for it once more."""


_LET_GO = re.compile(
    rf"(?:{_FILLER} )*(?:let's (?:just )?|just |please )?(?:drop|scrap|leave off) (?:it|that|this)"
    rf"(?: {_FILLER})*"
)
""" "Scrap that", when asked whether to cancel: the appointment, or the cancelling?"""


def plain_of_reasons(text: str, act: Intent | None) -> str:
    """The words without the reasons for cancelling, each replaced by as many underscores."""
    if act is not Intent.CANCEL:
        return text
    return _TROUBLES.sub(lambda found: "_" * len(found.group()), text)


def weigh(text: str, act: Intent | None, answer: Answer | None) -> Answer | None:
    """The answer to a commit question; `answer` is what the words mean whatever the act."""
    if act is not None:
        answer = _of_the_act(text, act, answer)
    if answer is not Answer.YES or (act is not None and _ORDERS[act].match(text)):
        return answer
    return Answer.VAGUE if reserved(text, act) else Answer.YES


def only_ordered(text: str, act: Intent) -> bool:
    """Whether the act was named and no yes given: "cancel it" may be left of "don't cancel it"."""
    return bool(_ORDERS[act].match(text)) and not _ANY_YES.search(text)


def reserved(text: str, act: Intent | None) -> bool:
    """Whether more is said than yes: a question, a condition, another wish, somebody's words."""
    rest = plain_of_reasons(text, act)
    if _TOO_LITTLE.match(rest):
        return True
    again = (_BOOK_AGAIN,) if act is Intent.BOOK else ()
    for harmless in (_NO_RESERVE, *again, YES, HARMLESS_NO):
        rest = harmless.sub("_", rest)
    return bool(_RESERVES.search(rest))


def _of_the_act(text: str, act: Intent, answer: Answer | None) -> Answer | None:
    if act is Intent.CANCEL and _LET_GO.fullmatch(text):
        return Answer.VAGUE
    if _SUGGESTED.search(text):
        return Answer.VAGUE if answer is Answer.YES else answer
    if _REFUSALS[act].search(text):
        return Answer.VAGUE if _BEGINS_YES.match(text) else Answer.NO
    if _ORDERS[act].match(text):
        return Answer.YES
    if act in (Intent.CANCEL, Intent.MOVE) and _stays(text, act):
        return Answer.VAGUE if _BEGINS_YES.match(text) else Answer.NO
    if _OTHER_ACTS[act].search(text):
        return Answer.VAGUE if answer is Answer.YES else answer
    if act is Intent.CANCEL and _TROUBLES.search(text):
        return answer if answer is Answer.YES and _BEGINS_YES.match(text) else Answer.VAGUE
    if (no := _BEGINS_NO.match(text)) and _ORDERS[act].match(text[no.end() :].strip()):
        return Answer.VAGUE  # "no, cancel it": either of the two
    return answer


def _stays(text: str, act: Intent) -> bool:
    """Whether the caller keeps what stands; at a move "I'll take it" means the new time."""
    found = _KEEPS.search(plain_of_reasons(text, Intent.CANCEL))
    if found is None:
        return False
    return act is Intent.CANCEL or bool(re.match(r"keep|leav|hang|hold|stick|stay", found.group()))
