"""A recogniser's errors: words dropped, swapped, misheard, a "yes" that nobody said."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

ALIKE = {
    "tuesday": "thursday", "thursday": "tuesday", "fifteen": "fifty", "thirteen": "thirty",
    "nine": "five", "five": "nine", "ten": "then", "two": "to", "four": "for", "eight": "ate",
    "cleaning": "meaning", "brown": "braun", "can": "can't", "monday": "sunday",
}  # fmt: skip
"""Words that recognisers take for each other."""
PHANTOM_SURE = 0.3
"""Confidence of a "yes" made of breath or line noise: below any sensible yes_above."""


@dataclass(frozen=True)
class Noise:
    """How often what goes wrong; the parts of a level of 0..1."""

    level: float
    """0 = a perfect recogniser; 0.1 = one word in ten suffers"""

    def words(self, text: str, rng: Random) -> tuple[str, float]:
        """What is recognised of what was said, and how sure the recogniser is."""
        if not self.level:
            return text, 1.0
        words = [w for w in text.split() if rng.random() >= self.level / 2]
        words = [
            ALIKE.get(w.lower().strip(".,?!"), w) if rng.random() < self.level else w for w in words
        ]
        for n in range(len(words) - 1):
            if rng.random() < self.level / 4:
                words[n], words[n + 1] = words[n + 1], words[n]
        hurt = " ".join(words) != text
        return " ".join(words), rng.uniform(0.4, 0.95) if hurt else rng.uniform(0.7, 1.0)

    def phantom(self, rng: Random) -> tuple[float, bool] | None:
        """Confidence and over_us of a "yes" that nobody said; None = there is none."""
        if rng.random() >= self.level:
            return None
        echo = rng.random() < 0.5
        return (0.9, True) if echo else (PHANTOM_SURE, False)
