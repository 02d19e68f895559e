"""Guards against what a small recogniser invents on noise and silence; pure."""

from __future__ import annotations

from models.engines import Heard

MAX_LETTERS_A_SECOND = 28.0
"""Fast speech has about 20 letters and spaces a second; beyond this the text is invented."""
MAX_REPEATS = 3
"""The same words more often than this in a row is the decoder going round ("no no no" is not)."""
LONGEST_LOOP = 6
"""Words in the longest loop looked for."""
DOUBTFUL = 0.2
"""Confidence of text that is probably invented."""
INVENTED = frozenset({"you", "thank you", "thanks for watching", "bye", "the", "i", "uh", "oh"})
"""What the model says to noise; believed only with clear voice under it."""
CLEAR_VOICE_S = 0.25
"""A spoken "you" lasts at least this long."""


def guard(text: str, seconds: float, confidence: float | None = None) -> Heard:
    """The text without loops, doubtful when it cannot have been said in `seconds` of voice."""
    words = text.split()
    cut = _without_loop(words)
    kept = " ".join(words[:cut])
    doubtful = cut < len(words)
    if len(kept) > 4 and len(kept) / max(seconds, 0.1) > MAX_LETTERS_A_SECOND:
        doubtful = True
    if kept.lower().strip(" .,!?") in INVENTED and seconds < CLEAR_VOICE_S:
        return Heard("", None)
    if doubtful:
        return Heard(kept, min(DOUBTFUL, 1.0 if confidence is None else confidence))
    return Heard(kept, confidence)


def _without_loop(words: list[str]) -> int:
    """How many words remain when a loop is cut after its first round.

    Digits are often repeated ("five five five five"), so one-word loops may be twice as long.
    """
    plain = [word.lower().strip(".,!?") for word in words]
    for start in range(len(plain)):
        for length in range(1, LONGEST_LOOP + 1):
            unit = plain[start : start + length]
            allowed = MAX_REPEATS * 2 if length == 1 else MAX_REPEATS
            rounds = 1
            while plain[start + rounds * length : start + (rounds + 1) * length] == unit:
                rounds += 1
            if rounds > allowed:
                return start + length
    return len(words)
