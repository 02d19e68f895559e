"""Weekdays that small recognisers write as another word: "on thirsty at eleven" is Thursday.

As Moonshine tiny writes synthetic voices over G.711: "Thursday" is the day that suffers. The
read-back names weekday and date, so that a wrong guess is heard before anything is written.
"""

from __future__ import annotations

Token = tuple[str, int, int, bool]
"""word, where it begins and ends in what was said, whether a comma or stop stands before it"""

_NO_OTHER_SENSE = {
    "thirsty": "thursday", "unthirsty": "thursday", "thirsday": "thursday", "thurday": "thursday",
    "tuesy": "tuesday", "tuesdy": "tuesday", "wensday": "wednesday", "wendsday": "wednesday",
}  # fmt: skip
"""Nobody says these to a receptionist, but "I'm thirsty"."""
_FEELING = frozenset({
    "i'm", "am", "so", "very", "really", "always", "is", "feel", "feeling", "feels", "getting",
    "get", "be", "been", "was", "bit", "he's", "she's", "you're", "they're",
    "are", "were", "not",
})  # fmt: skip
"""Before "thirsty": it is thirst."""
_IN_PLACE_OF_A_DAY = {"firstly": "thursday", "thirdly": "thursday", "maundy": "monday"}
"""Only where a day must stand: after "on", before "at ten", or alone."""
_AFTER_ON = {"monty": "monday", "mandy": "monday", "mindy": "monday"}
"""Elsewhere these are people."""
_BEFORE_A_DAY = frozenset({
    "on", "this", "next", "for", "by", "until", "till", "before", "after", "every", "coming",
})  # fmt: skip
_PART_OF_A_DAY = frozenset({"morning", "afternoon", "evening"})
_BESIDE = frozenset({
    "please", "no", "nope", "yes", "yeah", "oh", "um", "uh", "sorry", "thanks", "okay", "ok",
    "maybe", "or", "well",
})  # fmt: skip
"""What may stand beside a day that is the whole answer."""


def with_weekdays(tokens: list[Token]) -> list[Token]:
    """The tokens with the weekdays that were meant; each keeps its place in what was said."""
    found: list[Token] = []
    at = 0
    while at < len(tokens):
        word, start, end, cut = tokens[at]
        before = found[-1][0] if found else ""
        after = tokens[at + 1][0] if at + 1 < len(tokens) else ""
        if word == "first" and after == "day" and before == "on":
            found.append(("thursday", start, tokens[at + 1][2], cut))
            at += 2
            continue
        found.append((_weekday(word, before, after, tokens) or word, start, end, cut))
        at += 1
    return found


def _weekday(word: str, before: str, after: str, tokens: list[Token]) -> str | None:
    if word in _NO_OTHER_SENSE:
        return None if before in _FEELING else _NO_OTHER_SENSE[word]
    if before == "on" and word in _AFTER_ON:
        return _AFTER_ON[word]
    if word not in _IN_PLACE_OF_A_DAY or after == "thursday":
        return None
    alone = all(token[0] == word or token[0] in _BESIDE for token in tokens)
    placed = before in _BEFORE_A_DAY or after == "at" or after in _PART_OF_A_DAY
    return _IN_PLACE_OF_A_DAY[word] if alone or placed else None
