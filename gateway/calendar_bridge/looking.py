"""Looks at the calendars and writes into them, through the worker; no database, any one thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from gateway.calendar_bridge.entry import MAX_CHARACTERS
from gateway.calendar_bridge.memory import Written
from gateway.errors import (
    CalendarAway,
    CalendarChanged,
    CalendarError,
    CalendarGone,
    CalendarRefused,
)

FETCH = 200
"""Events of one calendar fetched by one look; the rest come with the next."""


class Link(Protocol):
    """Who asks the server."""

    def ask(self, do: str, **fields: Any) -> Any:
        """The answer; CalendarError."""


@dataclass(frozen=True)
class Ask:
    """A calendar to look at, and what is known of it."""

    calendar: str
    """key of the calendar"""
    token: str | None
    """of the last look; None = list everything"""
    known: Mapping[str, str]
    """href -> etag"""


@dataclass(frozen=True)
class Found:
    """What a look found."""

    calendar: str
    """key of the calendar"""
    as_of: datetime
    """when the look began, UTC"""
    token: str | None = None
    """of this state"""
    changed: list[tuple[str, str, str]] = field(default_factory=list)
    """(href, etag, text) of new and changed events"""
    refused: list[tuple[str, str, str]] = field(default_factory=list)
    """(href, etag, reason) of those that are not fetched"""
    gone: list[str] = field(default_factory=list)
    """href of what is no longer there"""
    whole: bool = True
    """False: there is more to fetch"""
    fault: str = ""
    """why the look failed; then nothing else is said"""


@dataclass(frozen=True)
class Writing:
    """An event to write, or to remove."""

    uid: str
    """of the appointment"""
    calendar: str
    """key of the calendar"""
    href: str
    """its path"""
    text: str | None
    """what to write; None = remove"""
    etag: str | None
    """of what stands there; None = nothing does"""
    after: Written | None
    """how it stands once it is written, less the etag"""


@dataclass(frozen=True)
class Wrote:
    """What became of it."""

    writing: Writing
    """what was to be written"""
    etag: str = ""
    """of the new state, empty where the server does not tell"""
    text: str = ""
    """what the server gives back of it, empty where it gives nothing"""
    fault: str = ""
    """changed, away or refused; empty = done"""
    reason: str = ""
    """of the fault"""


def look(link: Link, asks: Sequence[Ask]) -> list[Found]:
    """Look at every calendar; a failed one does not keep the others back."""
    found = []
    for ask in asks:
        as_of = datetime.now(UTC)
        try:
            found.append(_look(link, ask, as_of))
        except CalendarError as error:
            found.append(Found(ask.calendar, as_of, fault=str(error)))
    return found


def _look(link: Link, ask: Ask, as_of: datetime) -> Found:
    token = link.ask("token", calendar=ask.calendar)
    if token is not None and token == ask.token:
        return Found(ask.calendar, as_of, token)
    listed = {href: (etag, size) for href, etag, size in link.ask("list", calendar=ask.calendar)}
    found = Found(ask.calendar, as_of, token)
    found.gone.extend(href for href in ask.known if href not in listed)
    fresh = [href for href, (etag, _) in listed.items() if ask.known.get(href) != etag]
    for href in fresh[:FETCH]:
        etag, size = listed[href]
        if size is not None and size > MAX_CHARACTERS:
            found.refused.append((href, etag, f"too large: {size} bytes"))
            continue
        try:
            got = link.ask("get", calendar=ask.calendar, href=href)
        except CalendarGone:
            continue  # removed between the two; the next look says so
        except CalendarAway:
            raise
        except CalendarError as error:
            found.refused.append((href, etag, str(error)))
            continue
        # As listed, for that is what the next look compares: a proxy may change the other one. If
        # the event has changed between the two, the next look fetches it again.
        found.changed.append((href, etag, got["text"]))
    if len(fresh) > FETCH:
        return Found(
            ask.calendar, as_of, None, found.changed, found.refused, found.gone, whole=False
        )
    return found


def write(link: Link, writings: Sequence[Writing]) -> list[Wrote]:
    """Write one after the other; when the server is away the rest is not tried."""
    done = []
    for writing in writings:
        try:
            etag, text = _write(link, writing)
            done.append(Wrote(writing, etag, text))
        except (CalendarChanged, CalendarGone) as error:
            done.append(Wrote(writing, fault="changed", reason=str(error)))
        except CalendarAway as error:
            done.append(Wrote(writing, fault="away", reason=str(error)))
            break
        except CalendarError as error:
            done.append(Wrote(writing, fault="refused", reason=str(error)))
    return done


def _write(link: Link, writing: Writing) -> tuple[str, str]:
    """(ETag, text) that the server then has of it."""
    place = {"calendar": writing.calendar, "href": writing.href}
    if writing.text is None:
        link.ask("delete", **place, etag=writing.etag)
        return "", ""
    etag = link.ask("put", **place, etag=writing.etag, text=writing.text)["etag"]
    try:
        text = link.ask("get", **place)["text"]
    except (CalendarGone, CalendarRefused):
        text = ""  # the next look tells
    return str(etag or ""), str(text)
