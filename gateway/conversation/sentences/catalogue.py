"""Every sentence by key and language, with the office's own wordings on top."""

from __future__ import annotations

import difflib
import string
from collections.abc import Mapping

from gateway.appointments.records import (
    AlertNoted,
    Booked,
    Cancelled,
    Confirmed,
    Moved,
    Noted,
    Receipt,
)
from gateway.contract.settings import Settings
from gateway.contract.settings_file import key_lines
from gateway.conversation.sentences.english_booking import BOOKING
from gateway.conversation.sentences.english_call import CALL, CLAIMS, KEYS
from gateway.errors import SettingsError

LANGUAGES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "en": {**BOOKING, **CALL, **KEYS, **CLAIMS},
}
"""Language -> key -> wordings."""

PROOF: Mapping[str, type[Receipt]] = {
    "booked": Booked,
    "requested": Booked,
    "moved": Moved,
    "move-requested": Moved,
    "cancelled": Cancelled,
    "cancelled-late": Cancelled,
    "confirmed": Confirmed,
    "message-noted": Noted,
    "clip-kept": Noted,
    "question-noted": Noted,
    "call-back-noted": Noted,
    "alerted": AlertNoted,
}
"""Which receipt a claim needs."""


def wordings(settings: Settings, key: str) -> tuple[str, ...]:
    """The wordings of a sentence in this office; KeyError when there is no such sentence."""
    own = settings.conversation.sentences.get(key)
    shipped = LANGUAGES.get(settings.office.language, LANGUAGES["en"])[key]
    return (own, *shipped[1:]) if own else shipped


def placeholders(template: str) -> frozenset[str]:
    """Names in braces; a capital ("{On_day}") only begins a sentence."""
    found = (name for _, name, _, _ in string.Formatter().parse(template) if name)
    return frozenset(name[0].lower() + name[1:] for name in found)


def check_own_sentences(settings: Settings, text: str = "", name: str = "site.toml") -> None:
    """SettingsError names every own wording with an unknown key or a wrong placeholder.

    With the text of the file each fault stands on a line of its own, with file and line.
    """
    shipped = LANGUAGES.get(settings.office.language, LANGUAGES["en"])
    lines = key_lines(text)
    faults = []
    for key, wording in settings.conversation.sentences.items():
        if key not in shipped:
            near = difflib.get_close_matches(key, shipped, 1)
            found = [f'no sentence "{key}"' + (f'; did you mean "{near[0]}"?' if near else "")]
        else:
            found = _placeholder_faults(key, wording, shipped[key])
        line = lines.get(("conversation", "sentences", key))
        where = f"{name}:{line}" if line else name
        faults += [f"{where}: conversation.sentences: {fault}" for fault in found]
    if faults:
        raise SettingsError("\n".join(faults))


def _placeholder_faults(key: str, text: str, shipped: tuple[str, ...]) -> list[str]:
    try:
        used = placeholders(text)
    except ValueError as error:
        return [f'"{key}": {error}']
    allowed = frozenset().union(*map(placeholders, shipped))
    needed = placeholders(shipped[0])
    names = ", ".join(f"{{{name}}}" for name in sorted(allowed)) or "none"
    faults = [
        f'"{key}": there is no {{{name}}} here; there is: {names}'
        for name in sorted(used - allowed)
    ]
    if key in PROOF or key.startswith("read-back"):
        faults += [
            f'"{key}": must say {{{name}}}, so that the caller can object'
            for name in sorted(needed - used)
        ]
    return faults
