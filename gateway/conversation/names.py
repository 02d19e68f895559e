"""Callers' names: "it's Anna Brown", "Brown, Anna", a bare name as an answer, a spelled one."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from gateway.conversation.heard import Heard
from gateway.conversation.meaning import Asked, Context, Value
from gateway.conversation.spelling import NATO, find_spelled

_PARTICLES = frozenset("van von der den de la le du da di del della dos das ter ten bin ibn al el st saint mac mc o".split())
_TITLES = frozenset("mr mrs ms miss mister missus sir doctor dr prof professor".split())
_NOT_NAMES = frozenset(
    """a about above after afternoon again ah all almost already also always am an and another any anybody anyone anything
    appointment are around as ask asking at available away back bad be because been before being better bit book booked booking both
    but by bye call called caller calling can can't cancel cancelled cancelling change check checking cleaning come coming
    confirm confirming correct could crown day dental dentist did do doctor does doing don't done down due early either
    emergency evening everything fall fell fine first for friday from get getting give go going good got great had half
    happy has have having he he'd hello help her here hey hi hm hmm him his hold how hurt hurting hurts i i'd i'll i'm
    i've if in interested is isn't it it's its just keep know last late later let like little long looking lost make
    making man may maybe me mean message mine minute monday month more morning moving much my name need needing never
    new next nice night no nobody none nope not nothing now of off office oh ok okay on one only open or other our out
    over pain pardon patient person phone please practice problem quick quite ready real really regarding reschedule
    rescheduling right ringing running saturday say saying second see seeing she should sick since so some somebody
    someone something soon sorry speaking still sunday sure taking talk talking thank thanks that that's the their them
    then there these they thing think this thursday time to today tomorrow tonight too tooth toothache trouble trying
    tuesday two um uh under until up urgent us very visit visiting wait waiting want wanted wanting wants was we
    wednesday week well went were what what's when where which who why will wish with woman wondering work working would
    wrong year yeah yep yes yesterday yet you you'd your afraid free busy stuck bleeding dying feeling supposed able
    spelled spelt spelling number letter capital also hurting sort kind same different anyway actually probably filling
    hoping planning thinking guess guessing gonna wanna whoever whatever nothing your robot machine human client
    customer existing returning perfect wonderful lovely alright absolutely definitely serious pregnant allergic
    called named""".split()
)
_ENDS = frozenset(
    "and i i'd i'm i've i'll calling here speaking from can could for about please to my at on want would is was that "
    "the it it's its so but just with a an we this you do are who in thanks thank again spelled spelt spelling born "
    "phone number looking ringing phoning wanting hoping trying need needing if or there today not no yes date".split()
)
_STRONG = re.compile(
    r"\b(?:my (?:full |own )?name(?:'s| is| would be)|the name(?:'s| is)|name's|name is|i am called|i'm called|they call me|call me|"
    r"(?:book|put) it under(?: the name(?: of)?)?|under the name(?: of)?|it's under|it would be under|(?:the )?appointment is for|"
    r"(?:it's |it is )?in the name of|name of|you're speaking (?:to|with)|you are speaking (?:to|with)) (?:is )?"
)
_WEAK = re.compile(r"\b(?:it's|it is|this is|i'm|i am|that's|that is|yeah it's|for|hi|hello|hey) ")
_AFTER = re.compile(r"(?P<name>[^\W\d_][\w'.-]*(?: [^\W\d_][\w'.-]*){0,3}) (?:speaking|here|calling)\b")
_SURNAME_FIRST = re.compile(
    r"\b(?:surname|last name|family name|second name)(?:'s| is)? (?P<last>[\w'-]+(?: [\w'-]+)?)[ ,]+(?:and )?(?:my )?(?:the )?"
    r"(?:first name|given name|christian name|forename)(?:'s| is)? (?P<first>[\w'-]+)"
)
_FIRST_SURNAME = re.compile(
    r"\b(?:first name|given name|christian name|forename)(?:'s| is)? (?P<first>[\w'-]+)[ ,]+(?:and )?(?:my )?(?:the )?"
    r"(?:surname|last name|family name|second name)(?:'s| is)? (?P<last>[\w'-]+(?: [\w'-]+)?)"
)
_ONE_PART = re.compile(
    r"\b(?:surname|last name|family name|first name|given name)(?:'s| is)? (?P<name>[\w'-]+)"
)
_LEAD = re.compile(
    r"^(?:(?:yes|yeah|yep|sure|okay|ok|um|uh|er|erm|well|oh|ah|hi|hello|hey|so|right|of course|certainly|no problem|no sorry|sorry|no|it's|it is|"
    r"this is|that's|that is|i'm|i am|my name's|my name is|the name's|the name is|name's|name is|that would be|it would be|you can call me|"
    r"just|actually|my|please|mr|mrs|ms|miss|mister) )+"
)


def case_name(words: str) -> str:
    """Capitals as names have them, where the recogniser wrote none."""
    words = re.sub(r"\s+", " ", words.replace("’", "'").strip(" .,;!?"))
    words = re.sub(r"\b[oO]h? (?=[bBcCdDgGhHkKlLmMnNrRsStT][\w]{3,})", "o'", words)
    words = re.sub(r"\b([mM])([aA]?)c (?=[a-zA-Z]{3,})", r"\1\2c", words)
    parts = words.split(" ")
    return " ".join(_case_part(part, number) for number, part in enumerate(parts))


def _case_part(part: str, number: int) -> str:
    if any(c.isupper() for c in part) and not (part.isupper() and len(part) > 1):
        return part
    lower = part.lower()
    if number and lower in _PARTICLES and lower not in ("mac", "mc", "o", "st"):
        return lower
    pieces = [piece[:1].upper() + piece[1:] for piece in re.split(r"([-'])", lower)]
    cased = "".join(pieces)
    if re.match(r"Mc[a-z]{3,}", cased):
        cased = "Mc" + cased[2].upper() + cased[3:]
    return re.sub(r"'S$", "'s", cased)


def _is_name(word: str) -> bool:
    return bool(re.fullmatch(r"[^\W\d_]+(?:'[^\W\d_]+)*", word)) and word not in _NOT_NAMES


def _take(words: list[str], first: int, breaks: frozenset[int], strong: bool) -> int:
    """Number of the word after the name that begins at `first`."""
    last = first
    while last < len(words) and last - first < 5:
        word = words[last]
        if last > first and last in breaks and word not in ("jr", "junior", "senior"):
            break
        if word in _ENDS and not (strong and last == first and word not in ("not", "i", "the", "a", "on")):
            break
        if not _is_name(word) and word not in _PARTICLES and word not in _TITLES:
            if not (strong and last > first and word in ("day", "long", "may", "early", "good", "young")):
                break
        last += 1
    while last > first and words[last - 1] in _TITLES:
        last -= 1
    return last


def _cased(said: str) -> bool:
    """Whether the recogniser writes capitals inside a sentence."""
    return any(word[0].isupper() for word in re.findall(r"(?<=[a-z,] )[A-Za-z]\w*", said) if word not in ("I",) and not word.startswith("I'"))


def _value(heard: Heard, first: int, after: int, sure: float) -> Value[str] | None:
    words = heard.plain.text.split()
    while first < after and words[first] in _TITLES:
        first += 1
    if first >= after:
        return None
    start, end = heard.plain.spans[first][0], heard.plain.spans[after - 1][1]
    slice_ = heard.said[start:end]
    return Value(case_name(slice_), slice_, sure=sure)


def _introduced(heard: Heard, context: Context) -> Value[str] | None:
    """ "my name is ...", "this is ... speaking", "it's Anna Brown"."""
    text, words = heard.plain.text, heard.plain.text.split()
    for found in _STRONG.finditer(text):
        first = heard.plain.number_at(found.end())
        if found.end() < len(text) and (after := _take(words, first, heard.plain.breaks, True)) > first:
            return _value(heard, first, after, 0.95)
    for pattern in (_SURNAME_FIRST, _FIRST_SURNAME):
        if found := pattern.search(text):
            name = case_name(f"{found['first']} {found['last']}")
            return Value(name, heard.plain.words(*found.span()), sure=0.95)
    if found := _ONE_PART.search(text):
        if _is_name(found["name"]):
            return Value(case_name(found["name"]), heard.plain.words(*found.span("name")), sure=0.8)
    cased = _cased(heard.said)
    for found in _WEAK.finditer(text):
        if found.group().strip() == "for" and not re.search(r"\b(?:appointment|booking|it's|it is) $", text[: found.start()]):
            continue
        first = heard.plain.number_at(found.end())
        after = _take(words, first, heard.plain.breaks, False)
        if after <= first or after - first > 4:
            continue
        initial = heard.said[heard.plain.spans[first][0]]
        if cased and not initial.isupper():
            continue
        greeting = found.group().strip() in ("hi", "hello", "hey", "for")
        follows = " ".join(words[after : after + 1])
        if greeting and follows not in ("here", "speaking", "calling"):
            continue
        sure_end = after == len(words) or after in heard.plain.breaks or follows in _ENDS
        if sure_end and (after - first >= 2 or follows in ("here", "speaking", "calling", "from") or context.asked is Asked.NAME):
            return _value(heard, first, after, 0.85)
        if sure_end and cased and initial.isupper() and found.group().strip() in ("this is", "it's", "i'm"):
            return _value(heard, first, after, 0.7)
    if (found := _AFTER.search(text)) and all(_is_name(word) for word in found["name"].split()):
        first = heard.plain.number_at(found.start("name"))
        return _value(heard, first, first + len(found["name"].split()), 0.85)
    return None


def _bare(heard: Heard) -> Value[str] | None:
    """Only a name, as the answer to our question."""
    text = heard.plain.text
    lead = _LEAD.match(text + " ")
    first = heard.plain.number_at(lead.end()) if lead and lead.end() < len(text) else 0
    words = text.split()
    if lead and lead.end() >= len(text):
        return None
    comma = first + 1 in heard.plain.breaks or (first + 2 in heard.plain.breaks and words[first] in _PARTICLES)
    tail = [w for w in words[first:] if w != "comma"]
    ended = len(tail) <= 3 and (comma or "comma" in words)
    if ended and len(tail) == 2 and all(map(_is_name, tail)):
        start, end = heard.plain.spans[first][0], heard.plain.spans[-1][1]
        return Value(case_name(f"{tail[1]} {tail[0]}"), heard.said[start:end], sure=0.85)
    after = _take(words, first, frozenset(), True)
    follows = words[after] if after < len(words) else ""
    if after > first and (not follows or follows in _ENDS or after in heard.plain.breaks):
        if all(_is_name(w) or w in _PARTICLES or w in _TITLES for w in words[first:after]):
            return _value(heard, first, after, 0.8)
    return None


def _with_spelling(value: Value[str] | None, letters: list[str]) -> Value[str]:
    """The spelled letters put in the place of the part of the name that they spell."""
    spelled = [case_name(word) for word in letters]
    if value is None:
        return Value(" ".join(spelled), "", sure=0.9)
    parts = value.value.split()
    for word in spelled:
        closeness = [SequenceMatcher(None, part.lower(), word.lower()).ratio() for part in parts]
        best = max(range(len(parts)), key=lambda n: closeness[n])
        if closeness[best] >= 0.5:
            parts[best] = word
        elif len(parts) == 1:
            parts.append(word)
        else:
            parts[-1] = word
    return Value(" ".join(parts), value.words, sure=0.95)


def read_name(heard: Heard, context: Context) -> tuple[Value[str] | None, bool]:
    """The caller's name and whether it was spelled."""
    words = heard.plain.text.split()
    runs = find_spelled(words)
    asked = context.asked is Asked.NAME
    if runs and not asked and not re.search(r"\b(?:name|spell\w*|spelt|that's|as in)\b", heard.plain.text):
        if not any(w in NATO for w in words):
            runs = []
    if not runs:
        return _introduced(heard, context) or (_bare(heard) if asked else None), False
    first = runs[0].first
    head = heard.said[: heard.plain.spans[first][0]] if first else ""
    head = re.sub(r"(?i)[,. ]*(?:that's|that is|which is|it's|spelled|spelt|spelling|is spelled)?[,: ]*$", "", head)
    from gateway.conversation.heard import hear  # the words before the letters are heard by themselves

    before = hear(head)
    value = (_introduced(before, context) or (_bare(before) if asked else None)) if head else None
    last = runs[-1].last
    spoken = heard.said[heard.plain.spans[first][0] : heard.plain.spans[last][1]]
    result = _with_spelling(value, [run.letters for run in runs])
    joined = f"{value.words}, {spoken}" if value else spoken
    return Value(result.value, joined, sure=result.sure), True
