"""The calls of the demo: who rings, what is done to the box meanwhile, what must be true after."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from gateway.appointments.book import Book
from gateway.contract.settings import Settings
from gateway.errors import StartRefused
from gateway.rehearsal.phone.acts import Cue, Facts, HangUp, Press, Say
from gateway.rehearsal.phone.demo_faults import (
    Check,
    apologised,
    beside_the_meeting,
    booked_or_message,
    moved,
)
from gateway.rehearsal.phone.meeting import Meeting

EARLIEST_DAYS, LATEST_DAYS = 2, 6
"""A bare weekday means the same day for caller and box, also if midnight passes meanwhile."""
MUMBLED = 3
"""Thursday, of which the small recogniser makes "thirsty" or "first day" when flite says it; see
gateway/conversation/misheard_days.py. The demo is about other things."""
WISHED_HOUR = 10
"""The callers ask for ten in the morning where they are offered it."""
LONG_ENOUGH_MIN = 60
"""The longest service that is asked for, with room, in minutes."""


@dataclass(frozen=True)
class Kill:
    """A program killed with SIGKILL while the caller speaks."""

    program: str
    """models or gateway"""
    turn: int
    """in which spoken turn of the caller"""
    share: float = 0.5
    """how far into the words"""


@dataclass(frozen=True)
class DemoCall:
    """One call of the demo."""

    name: str
    """short name, of the files too"""
    title: str
    """what is shown"""
    voice: str
    """of flite"""
    facts: Facts
    """what the caller wants"""
    day: date | None
    """local day of the wanted appointment, None when none is expected"""
    faults: Check
    """what did not go as told"""
    cues: tuple[Cue, ...] = ()
    """what this caller does of their own mind"""
    kill: Kill | None = None
    """what happens meanwhile"""
    hour: int = WISHED_HOUR
    """of the wanted appointment, where the caller names one"""
    after: str = ""
    """name of the call that must have been made before"""

    @property
    def number(self) -> str:
        """the caller's"""
        return self.facts.phone


def calls(settings: Settings, now: datetime) -> list[DemoCall]:
    """The four calls, on days on which the sample office can do it, whatever today is."""
    first, second = morning_days(settings, now)[:2]
    paul = Facts(
        name="Paul Green",
        service="cleaning",
        day=f"{first:%A}",
        time="any time in the morning",
        phone="2125550101",
        message="This is Paul Green. I would like to book a cleaning. Please call me back.",
        opening=f"I need a cleaning on {first:%A} at ten in the morning, please.",
    )
    mark = replace(
        paul,
        name="Mark Miller",
        service="check-up",
        time="ten in the morning",
        day=f"{second:%A}",
        phone="2125550102",
        message="This is Mark Miller. I would like to book a check-up. Please call me back.",
        opening=f"I need a check-up on {second:%A} at ten in the morning, please.",
        wish=f"I need a check-up on {second:%A} at ten in the morning, please.",
        day_matters=False,  # with the keys one takes what is offered
    )
    susan = replace(
        paul,
        name="Susan Miller",
        phone="2125550103",
        opening="I would like to book a cleaning, please.",
        message="This is Susan Miller. Please call me back about a cleaning.",
    )
    hurried = replace(
        paul,
        day=f"{second:%A}",
        time="eleven in the morning",
        opening="I want to move my cleaning.",
    )
    return [
        DemoCall(
            "booking", "Paul Green books a cleaning; the time that he wants is a staff meeting",
            "rms", paul, first, beside_the_meeting(meeting_of(settings, now)),
        ),
        DemoCall(
            "models-killed", "Mark Miller books a check-up; the models are killed in mid-sentence",
            "rms", mark, second, booked_or_message,
            cues=(
                *_knows_the_greeting(mark),
                *_PRESSES_ONE,
                Cue(r"when would|(which|what) day", Say(f"{second:%A} at ten in the morning.")),
                _HAS_HEARD_ENOUGH,
            ),
            kill=Kill("models", turn=1),
        ),
        DemoCall(
            "gateway-killed", "Susan Miller wants to book; the gateway is killed in mid-sentence",
            "slt", susan, None, apologised,
            cues=_knows_the_greeting(susan), kill=Kill("gateway", turn=1),
        ),
        DemoCall(
            "difficult", "Paul Green again, in a hurry: interrupts, corrects himself, digresses",
            "rms", hurried, second, moved,
            cues=(
                *_knows_the_greeting(hurried),
                Cue(
                    r"\bs a cleaning|with d(octo)?r",
                    Say(f"{first:%A}. No, wait, on {second:%A} at eleven."),
                    over=True,
                ),
                Cue(r"\bi move|move it to|new time", Say("Is there any parking?"), over=True),
                _HAS_HEARD_ENOUGH,
            ),
            hour=11, after="booking",
        ),
    ]  # fmt: skip


def _knows_the_greeting(facts: Facts) -> tuple[Cue, ...]:
    return (Cue(r"assistant|automated", Say(facts.opening), over=True),)


_PRESSES_ONE = (
    Cue(r"book an appointment,? press (one|1)", Press("1"), over=True),
    Cue(r"for a check ?(up|out)|^1 800", Press("1"), over=True),
    Cue(r"day.{0,60},? press (one|1)\b", Press("1"), over=True),
)
"""Nobody waits for the other keys; a small recogniser may hear a check-out, or a list of keys as a
telephone number."""
_HAS_HEARD_ENOUGH = Cue(r"\bs (booked|moved?)\b", HangUp("has heard enough"), over=True)
"""Most people wait for the goodbye; some do not."""


def meeting_of(settings: Settings, now: datetime) -> Meeting:
    """What staff have typed into the office's calendar: where the first caller wants to come."""
    return Meeting.at(morning_days(settings, now)[0], WISHED_HOUR, settings)


def morning_days(settings: Settings, now: datetime) -> list[date]:
    """Days soon on which everybody who works can be booked at ten, in order but MUMBLED last."""
    book = Book.from_settings(settings)
    found = []
    for offset in range(EARLIEST_DAYS, LATEST_DAYS + 1):
        day = book.local(now).date() + timedelta(days=offset)
        from_ten = [
            1
            for practitioner in book.practitioners
            for start, end in book.bookable(practitioner, day)
            if start <= WISHED_HOUR * 60 and end >= WISHED_HOUR * 60 + LONG_ENOUGH_MIN
        ]
        if from_ten:
            found.append(day)
    if not found:
        raise StartRefused("the sample office is closed all of next week; see its site.toml")
    found.sort(key=lambda day: day.weekday() == MUMBLED)
    return found * 2 if len(found) == 1 else found
