"""Yes, no and vague: what counts as an answer to a closed question, and what only sounds like one."""

from __future__ import annotations

import re

from gateway.conversation.heard import Heard
from gateway.conversation.meaning import Answer, Asked, Context, Value

_THAT = r"(?:that|this|it|everything|all|these|those)(?:'s| is| was| are|'ll be| will be| would be| looks| look| seems| sounds)?"
_GOOD = (
    r"(?:(?:all |very |perfectly |absolutely |just |totally |really |so |pretty )?(?:good|great|perfect|fine|correct|right|"
    r"wonderful|excellent|lovely|ideal|fantastic|awesome|brilliant|accurate|acceptable|amazing|convenient|super|true|nice))"
)
_YES = re.compile(
    r"\b(?:yes|yeah|yep|yup|yea|ya|yess|aye|sure|surely|correct|absolutely|definitely|certainly|of course|indeed|exactly|"
    r"precisely|totally|affirmative|confirmed|agreed|by all means|please do|go ahead|go for it|"
    r"sounds? (?:like a plan|" + _GOOD[3:-1] + r")|"
    rf"{_THAT} (?:{_GOOD}|it|the one|okay|ok|alright|all right|what i (?:want|need|wanted)|exactly|works?|does|"
    r"will (?:work|do|be)|would (?:work|be)|suits?|sounds|fits?)\b(?! (?:problem|too|not))|"
    rf"^(?:okay |ok |that |oh |ah )?{_GOOD}(?= (?:thanks|thank|please|idea|to me|with me|by me|let|then|and|i|for|can|could)|$)|"
    r"(?:works|fine|good|great|perfect|okay|ok) (?:for|by|with) (?:me|us)|that works|works well|"
    r"(?:book|confirm|schedule|reserve) (?:it|that|this|me in)(?! (?:for|on|at|to)\b)|"
    r"(?:let's|lets|please|just) do (?:it|that|this)|(?:let's|lets|i'll|i will) go (?:with|for) (?:it|that|this|them|the)|do it|do that|"
    r"i(?:'ll| will|'d like to| want to| would like to)? take (?:it|that|this)|i'd (?:like|love|prefer) (?:that|this|it)\b(?! (?:if|to))|"
    r"i would (?:like|love) (?:that|this|it)|i want (?:that|this) one|(?:i'd like|i would like|i want|i like) (?:this|that) (?:one|dentist|doctor|appointment|time|slot)|"
    r"(?:i|we) (?:do|would|am|will|did|can)(?= please|$)|i would love to|i'd love to|i'm happy with|i am happy with|"
    r"you (?:got|have) it|you got (?:it|that) right|you're right|you are right|why not|"
    r"(?:i )?(?:don't|do not|can't) see why not|not a problem|no objections?|i have no objection|nothing wrong with that|"
    r"wouldn't say no|can't complain|don't mind if i do|it does|it is|they are|please book|i (?:agree|accept|confirm)|"
    r"that will (?:be (?:fine|good|great|perfect|okay|ok)|do|work)|true|right on|roger|okey dokey|please proceed|proceed)\b"
)
_NO = re.compile(
    r"\b(?:no|nope|nah|naw|negative|never|nay|not (?:really|at all|exactly|quite|that|this|today|now|for me|yet|necessary|needed|"
    r"interested|right|correct|true|good|possible|happening|going to|a chance|what i|so (?:good|great))|"
    r"wrong|incorrect|(?:i )?(?:don't|do not) (?:think so|believe so|want (?:that|it|this|to)|need|like (?:that|it)|do that|agree|book)|"
    r"(?:please )?don't(?: do (?:it|that))?$|(?:i'd|i would|i) rather not|rather not|"
    rf"{_THAT} (?:isn't|is not|not|wasn't|doesn't|does not|won't|will not|wouldn't|would not|can't) (?:right|correct|it|true|good|great|work|be|do|"
    r"suit|fit|what|going|quite|possible|ideal|fine|okay|ok|happen|need)|"
    r"(?:that|this|it) (?:doesn't|does not|won't|will not|wouldn't|would not)(?: really)? (?:work|suit|do|fit|be)|"
    r"i (?:can't|cannot|couldn't)(?: make| do| manage)? (?:it|that|then)|i (?:can't|cannot) (?:come|be there)|can't (?:make|do) (?:it|that)|"
    r"neither|none(?: of (?:them|those|these|the above))?|change (?:that|it|the|my)|i changed my mind|i've changed my mind|"
    r"never ?mind|forget (?:it|that|about it)|no way|it (?:isn't|is not|doesn't|does not)|i (?:don't|do not|didn't|haven't|wouldn't)(?=$))\b"
)
_NOTHING_MORE = re.compile(
    r"\b(?:that's (?:all|it|everything|about it)|that (?:is|was|will be|would be|'ll be|should be) (?:all|it|everything)|that'll be (?:all|it)|"
    r"nothing (?:else|more|further)?|i'm (?:good|fine|done|all set|okay|ok|all good)|i am (?:good|fine|done|all set)|all set|all good|"
    r"(?:i )?think (?:that's|that is|i'm) (?:all|it|done|good|everything)|we're (?:good|done)|that does it|"
    r"(?:you've|you have) been (?:very |so |really |most )?helpful|(?:it's |it is )?all i (?:need|needed|wanted))\b"
)
_VAGUE = re.compile(
    r"\b(?:uh huh|uhuh|uh hum|mm+|mm ?hmm?|mhm+|m ?hm+|hm+|um+|okay|ok|okey|k|kay|right|alright|all right|i see|got it|i guess|i suppose|"
    r"maybe|perhaps|possibly|probably|not sure|i'm unsure|don't know|do not know|dunno|no idea|hard to say|we'll see|"
    r"if you say so|whatever|i think so|kind of|sort of|more or less|it depends|depends|let me think|i hear you|fine|good|well)\b"
)
_UNSURE = re.compile(
    r"\b(?:maybe|perhaps|possibly|probably|not sure|i'm unsure|don't know|do not know|dunno|no idea|hard to say|we'll see|"
    r"whatever|it depends|depends|let me think|i guess|i suppose|kind of|sort of|more or less|hm+|if you say so|i hear you)\b"
)
_NO_FINE = re.compile(
    r"^(?:no|nope|nah)(?: no)?(?: thank you| thanks)?,? (?:that's|that is|it's|this is|that'll be|that would be|it is|everything's) "
    r"(?:\w+ )?(?:fine|good|okay|ok|great|perfect|alright|all right|correct|right)\b|^no (?:problem|worries|doubt|bother|trouble|objections?)\b"
)
_CHANGES = re.compile(
    r"\b(?:(?:change|move|switch|shift|make|push|reschedule|book|set|schedule|put) (?:it|that|this|the (?:date|time|day|appointment|booking)|my appointment|me)"
    r"(?: in)? (?:to|for|on|at|this|next|tomorrow|today|the|\d)|instead|(?:let's|lets) (?:make|try|change)|i meant|i mean|could (?:you|we) change|can (?:you|we) (?:change|make)|"
    r"rather have|would rather|i'd prefer|i would prefer|i'd rather|(?:i )?changed my mind|make it|change to|actually)\b"
)
_BUT = re.compile(r"\b(?:but|except|only|however|although|just not)\b")
_CLOSING = re.compile(r"\b(?:goodbye|good bye|bye|that's all|nothing else|no more)\b")


def _first(match: re.Match[str] | None) -> int:
    return match.start() if match else 10_000


def _value(heard: Heard, answer: Answer, match: re.Match[str], sure: float) -> Value[Answer]:
    return Value(answer, heard.plain.words(*match.span()), sure=sure)


def _strip_double(text: str) -> str:
    """The text without words that hold a "no" or "not" and mean none."""
    text = re.sub(r"\b(?:no|not a|not any) (?:problem|worries|trouble|bother|objections?|doubt|issue|rush|hurry)\b", "", text)
    text = re.sub(r"\b(?:don't|do not|can't) see why not|why not|wouldn't say no|nothing wrong with that|not bad|can't complain\b", "", text)
    text = re.sub(r"\b(?:not (?:only|just)|no later than|no earlier than|not (?:before|after|until|later than|earlier than)|"
                  r"no matter|don't (?:mind|care|worry)|phone no|not too (?:early|late)|no one|by no means)\b", "", text)  # fmt: skip
    return re.sub(r"\bhow about no\b", "no", text)


def read_answer(heard: Heard, context: Context, changes: bool) -> Value[Answer] | None:
    """Yes, no, vague or None; `changes`: a day or time was named, so "make it three" means no."""
    text = heard.plain.text
    if not text:
        return None
    closed = context.held or context.asked is Asked.YES_NO
    if context.asked is Asked.NAME and not context.held and not re.match(r"(?:yes|no|yeah|nope)\b", text):
        return None
    if (fine := _NO_FINE.search(text)) is not None:
        if context.asked is Asked.OPEN or _CLOSING.search(text):
            return _value(heard, Answer.NO, fine, 0.8)
        problem = re.match(r"no (?:problem|worries|doubt|bother|trouble|objections?)", text)
        if problem and not context.held:
            return _value(heard, Answer.YES, fine, 0.7)
        return _value(heard, Answer.VAGUE, fine, 0.6)
    stripped = _strip_double(text)
    no = _NO.search(stripped)
    yes = _YES.search(text)
    if no and yes:
        return _both(heard, context, stripped, yes, no)
    if yes:
        return _yes(heard, context, text, yes, changes)
    if no:
        where = _NO.search(text) or no
        return _value(heard, Answer.NO, where, 0.95 if no.start() == 0 else 0.85)
    if closed and changes and (change := _CHANGES.search(text)):
        return _value(heard, Answer.NO, change, 0.75)
    if (done := _NOTHING_MORE.search(text)) and context.asked in (None, Asked.OPEN, Asked.YES_NO) and not context.held:
        return _value(heard, Answer.NO, done, 0.8)
    return _vague(heard, context, text)


def _vague(heard: Heard, context: Context, text: str) -> Value[Answer] | None:
    vague = _VAGUE.search(text)
    if vague is None:
        return None
    if _UNSURE.search(text):
        if context.asked in (Asked.YES_NO, None) or context.held:
            return _value(heard, Answer.VAGUE, vague, 0.7)
        return None
    if context.held:
        return _value(heard, Answer.VAGUE, vague, 0.9)
    short = len(text.split()) <= 4 or vague.start() == 0
    if not short or context.asked in (Asked.SERVICE, Asked.DAY, Asked.TIME, Asked.PHONE):
        return None
    if re.match(r"(?:um|uh|er|well|hm)\b", text) and vague.start() == 0:
        return None
    return _value(heard, Answer.YES, vague, 0.6)


def _yes(
    heard: Heard, context: Context, text: str, yes: re.Match[str], changes: bool
) -> Value[Answer] | None:
    unsure = _UNSURE.search(text)
    if unsure and context.held:
        return _value(heard, Answer.VAGUE, unsure, 0.7)
    but = _BUT.search(text, yes.end())
    if context.held and (but or (changes and _CHANGES.search(text))):
        return _value(heard, Answer.VAGUE, yes, 0.5)
    if re.search(r"\b(?:not|isn't|doesn't|don't) $", text[: yes.start()]) or text.endswith("not") is True:
        return _value(heard, Answer.NO, yes, 0.7)
    if re.search(r"\b(?:is|are|was|would|does|do you|am i) (?:that|this|it|you|they|everything)? ?$", text[: yes.start()]):
        return None  # "is that right" is a question
    sure = 0.95 if yes.start() == 0 else 0.85
    return _value(heard, Answer.YES, yes, 0.6 if but or unsure else sure)


def _both(
    heard: Heard, context: Context, text: str, yes: re.Match[str], no: re.Match[str]
) -> Value[Answer]:
    """ "yeah no", "no yeah", "no wait, yes": the last word wins, and a commit needs more than that."""
    last_no = [m for m in _NO.finditer(text)][-1]
    last_yes = [m for m in _YES.finditer(text)][-1]
    if context.held:
        clear = re.fullmatch(r"(?:no|nope|yeah no|yes no).*", text)
        return _value(heard, Answer.NO if clear else Answer.VAGUE, no, 0.6)
    if no.start() == 0 and not re.match(r"no+,? (?:yes|yeah|wait yes|sorry yes|actually yes|i mean yes)\b", text):
        return _value(heard, Answer.NO, no, 0.85)
    if yes.start() == 0 and last_no.start() > 12 and not re.match(r"(?:yeah|yes),? no\b", text):
        return _value(heard, Answer.YES, yes, 0.7)
    later = last_no.start() >= last_yes.start() or last_no.end() >= last_yes.end()
    return _value(heard, Answer.NO if later else Answer.YES, no if later else last_yes, 0.7)
