"""What the caller did in one turn: its meaning, and whether a yes in it counts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gateway.conversation.events import Heard
from gateway.conversation.heard import hear
from gateway.conversation.meaning import Answer, Meaning, Source, Value

_ONLY_HEARD = re.compile(
    r"(?:(?:okay|ok|right|alright|all right|mm+|hm+|mhm|uh|huh|um|ah|oh|well|so|then)[\s,.!?-]*)+$"
)
"""Words with which a listener shows that they listen."""


@dataclass(frozen=True)
class Said:
    """A turn of the caller."""

    meaning: Meaning
    """what it means"""
    sure: float = 1.0
    """confidence of the recogniser, 0..1"""
    over_us: bool = False
    """said while our own sentence was still playing"""
    yes_above: float = 0.5
    """confidence that a yes needs"""

    @classmethod
    def heard(cls, meaning: Meaning, event: Heard, yes_above: float) -> Said:
        """As it was heard."""
        return cls(meaning, event.sure, event.over_us, yes_above)

    @classmethod
    def pressed(cls, answer: Answer) -> Said:
        """A key is as clear as an answer can be."""
        return cls(Meaning("", answer=Value(answer, "", Source.KEYPAD)))

    @property
    def plain(self) -> str:
        """Their words in small letters, joined by single spaces."""
        return hear(self.meaning.said).plain.text

    @property
    def answer(self) -> Answer | None:
        """The answer as it was given, whether it counts or not."""
        return self.meaning.answer.value if self.meaning.answer else None

    @property
    def yes(self) -> bool:
        """A yes that counts: clear, surely heard, and said after the question."""
        counts = self.sure >= self.yes_above and not self.over_us
        return self.answer is Answer.YES and counts

    @property
    def clear_yes(self) -> bool:
        """A yes to a commit question: more than "okay" or "right", which only say "I heard you"."""
        return self.yes and not _ONLY_HEARD.match(self.meaning.said.strip().lower())

    @property
    def no(self) -> bool:
        """A no; it never does harm, so it needs no certainty."""
        return self.answer is Answer.NO

    @property
    def half_yes(self) -> bool:
        """ "Okay", "mm", or a yes that does not count."""
        return self.answer is Answer.VAGUE or (self.answer is Answer.YES and not self.clear_yes)

    @property
    def brings_values(self) -> bool:
        """Whether anything for the booking form was said."""
        m = self.meaning
        return any((m.day, m.time, m.service, m.practitioner, m.name, m.phone, m.same_number))

    @property
    def brings_wish(self) -> bool:
        """Whether anything about the appointment itself was said."""
        m = self.meaning
        return any((m.day, m.time, m.service, m.practitioner))
