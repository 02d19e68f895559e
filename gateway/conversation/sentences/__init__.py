"""Every sentence that a caller can hear, by key and language; claims need their receipt."""

from __future__ import annotations

from gateway.appointments.records import (
    AlertNoted,
    Booked,
    Cancelled,
    Confirmed,
    Moved,
    Noted,
    Receipt,
    Status,
)
from gateway.conversation.actions import Clause, Say
from gateway.conversation.office import Office
from gateway.conversation.sentences.catalogue import (
    LANGUAGES,
    PROOF,
    check_own_sentences,
    wordings,
)
from gateway.conversation.sentences.places import Setting
from gateway.conversation.sentences.render import finite_clauses, render
from gateway.errors import NoReceipt

__all__ = [
    "LANGUAGES", "PROOF", "Setting", "check_own_sentences", "fixed_phrases", "say", "say_alerted",
    "say_booked", "say_cancelled", "say_confirmed", "say_moved", "say_noted", "wordings",
]  # fmt: skip

AGAIN = "As I said:"
"""Put before a sentence that has one wording only and would be heard twice in a row."""
FIRST_SPOKEN = ("one-moment", "pardon", "anything-else", "goodbye", "danger")
"""Sentences whose clauses are to be rendered first: they are needed soonest."""


def say(setting: Setting, key: str, times_said: int, last: str, values: dict[str, object]) -> Say:
    """A sentence that claims nothing; NoReceipt for one that does, KeyError for an unknown key.

    The wording is chosen by how often the sentence was said already; never the last text again.
    """
    if key in PROOF:
        raise NoReceipt(f'the sentence "{key}" claims a fact: it needs {PROOF[key].__name__}')
    return _build(setting, key, times_said, last, values)


def _build(
    setting: Setting, key: str, times_said: int, last: str, values: dict[str, object]
) -> Say:
    texts = wordings(setting.office.settings, key)
    said = None
    for turn in range(len(texts)):
        clauses = render(texts[(times_said + turn) % len(texts)], setting, values)
        said = Say(key, clauses, interruptible=key not in ("danger", "danger-stay"))
        if said.text != last:
            return said
    assert said is not None
    return Say(key, (Clause(AGAIN), *said.clauses), said.interruptible)


def _claim(
    setting: Setting, key: str, receipt: Receipt, values: dict[str, object], last: str = ""
) -> Say:
    if type(receipt) is not PROOF[key]:
        raise NoReceipt(f'the sentence "{key}" needs {PROOF[key].__name__}')
    return _build(setting, key, 0, last, values)


def say_booked(setting: Setting, receipt: Booked) -> Say:
    """ "That's booked", or "I have put you down" where the office still has to confirm."""
    one = receipt.appointment
    request = one.status is Status.TENTATIVE
    return _claim(setting, "requested" if request else "booked", receipt, _facts_of(receipt))


def say_moved(setting: Setting, receipt: Moved) -> Say:
    """The new time."""
    request = receipt.appointment.status is Status.TENTATIVE
    return _claim(setting, "move-requested" if request else "moved", receipt, _facts_of(receipt))


def say_cancelled(setting: Setting, receipt: Cancelled) -> Say:
    """That it is cancelled, and that it was late where it was."""
    key = "cancelled-late" if receipt.late else "cancelled"
    return _claim(setting, key, receipt, _facts_of(receipt))


def say_confirmed(setting: Setting, receipt: Confirmed) -> Say:
    """That the office knows that they come."""
    return _claim(setting, "confirmed", receipt, _facts_of(receipt))


def say_noted(setting: Setting, key: str, receipt: Noted, last: str = "") -> Say:
    """That something is on the office's list: message-noted, clip-kept, ..."""
    if PROOF.get(key) is not Noted:
        raise NoReceipt(f'the sentence "{key}" is not about the office\'s list')
    return _claim(setting, key, receipt, {}, last)


def say_alerted(setting: Setting, receipt: AlertNoted) -> Say:
    """That the person on call has been alerted."""
    return _claim(setting, "alerted", receipt, {})


def _facts_of(receipt: Booked | Moved | Cancelled | Confirmed) -> dict[str, object]:
    one = receipt.appointment
    return {
        "a_service": one.service,
        "day": one.start.date(),
        "on_day": one.start.date(),
        "at_time": one.start.time(),
        "with_practitioner": one.practitioner,
    }


def fixed_phrases(office: Office) -> tuple[str, ...]:
    """Every clause without personal data that this office's calls can need, urgent ones first."""
    shipped = LANGUAGES.get(office.settings.office.language, LANGUAGES["en"])
    keys = [*FIRST_SPOKEN, *(key for key in shipped if key not in FIRST_SPOKEN)]
    constant: list[str] = [AGAIN]
    for key in keys:
        for template in wordings(office.settings, key):
            constant += finite_clauses(template, office)
    return tuple(dict.fromkeys(constant))
