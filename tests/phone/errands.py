"""What callers come for, one for each outcome of a call, and what must lie in the database then."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.rehearsal.phone.acts import Act, Cue, Facts, HangUp, LeaveMessage, Press, Say, Wait
from gateway.rehearsal.phone.evidence import Evidence, is_audible
from gateway.rehearsal.phone.scripted_call import CallReport

GREETING = r"assistant|automated|hello"
"""First words of the box; these callers know them and do not wait for the rest."""
PLACE = ("behind", "building", "mill lane")
"""Any of these words of the answer tells where to park; a recogniser may miss the others."""
DONE = HangUp("has what they wanted")
NAME = "Mark Miller"

Check = Callable[[Evidence, CallReport], Iterator[str]]


@dataclass(frozen=True)
class Errand:
    """One caller."""

    outcome: str
    """how the call must end"""
    begins: Act
    """what they do as soon as the box has said who it is"""
    check: Check
    """faults in what the call has left"""
    cues: tuple[Cue, ...] = ()
    """what they do later, besides answering questions"""
    has_appointment: bool = False
    """whether a cleaning stands under the caller's number"""
    keeps_day: bool = False
    """whether the day of that cleaning is the day that the caller agrees with"""
    voice: str = "rms"
    """of flite"""

    def script_cues(self) -> tuple[Cue, ...]:
        """All of them."""
        return (Cue(GREETING, self.begins, over=True), *self.cues)


def _owned(left: Evidence, reason: str) -> Iterator[str]:
    if not any(f["reason"] == reason and f["owner"] for f in left.follow_ups):
        yield f"nobody owns it: no follow-up {reason} in {left.follow_ups}"


def _moved(left: Evidence, report: CallReport) -> Iterator[str]:
    if [(a["status"], a["revision"]) for a in left.appointments] != [("confirmed", 1)]:
        yield f"not one moved appointment: {left.appointments}"
    elif "T11:00" not in left.appointments[0]["start"]:
        yield f"moved to {left.appointments[0]['start']}, not to eleven"


def _cancelled(left: Evidence, report: CallReport) -> Iterator[str]:
    if [a["status"] for a in left.appointments] != ["cancelled"]:
        yield f"not one cancelled appointment: {left.appointments}"


def _confirmed(left: Evidence, report: CallReport) -> Iterator[str]:
    if [bool(a["confirmed_at"]) for a in left.appointments] != [True]:
        yield f"not one appointment confirmed by the caller: {left.appointments}"


def _informed(left: Evidence, report: CallReport) -> Iterator[str]:
    if not any(word in turn.heard for turn in report.turns for word in PLACE):
        yield "the caller never heard where to park"
    if left.follow_ups or left.appointments:
        yield "an answered question leaves nothing to do"


def _message(left: Evidence, report: CallReport) -> Iterator[str]:
    if left.voicemail is None:
        yield "there is no recorded message"
    elif not is_audible(recording_of(left)):
        yield "nobody is to be heard on the message"
    yield from _owned(left, "voicemail")


def recording_of(left: Evidence) -> Path:
    """File of the message."""
    assert left.voicemail is not None
    return Path(left.voicemail["recording"])


def _urgent(left: Evidence, report: CallReport) -> Iterator[str]:
    if [m["kind"] for m in left.messages] != ["alert"] or not left.messages[0]["urgent"]:
        yield f"no urgent alert: {left.messages}"
    said = [re.sub(r"\W", "", turn.heard) for turn in report.turns]
    if not any("911" in words or "nineoneone" in words for words in said):
        yield "the caller never heard the emergency number"
    yield from _owned(left, "urgent")


def _spam(left: Evidence, report: CallReport) -> Iterator[str]:
    if left.follow_ups or left.appointments or left.messages:
        yield "a robocall leaves nothing behind"
    if report.hung_up_by != "box":
        yield "the box did not hang up"


def _transferred(left: Evidence, report: CallReport) -> Iterator[str]:
    if left.messages or left.appointments:
        yield "who was put through leaves nothing behind"


def _abandoned(left: Evidence, report: CallReport) -> Iterator[str]:
    if left.appointments:
        yield "nothing was agreed, but there is an appointment"
    yield from _owned(left, "abandoned")


def errands(day: str) -> list[Errand]:
    """The callers; the longest first, so that two at a time are done soonest."""
    return [
        Errand(
            "moved", Say("I want to move my cleaning."), _moved,
            (
                Cue(r"\bs a cleaning|instead", Say(f"{day} at eleven."), over=True),
                Cue(r"\bs moved\b", DONE, over=True),
            ),
            has_appointment=True,
        ),
        Errand(
            "message", Say("I want to leave a message."), _message,
            (
                Cue(r"after the (tone|beep|tune)", LeaveMessage("Please call me back tomorrow.")),
                Cue(r"thank you|anything else", DONE, over=True),
            ),
        ),
        Errand(
            "cancelled", Say("I want to cancel my cleaning."), _cancelled,
            (Cue(r"\bs cancelled\b", DONE, over=True),), has_appointment=True,
            keeps_day=True,
        ),
        Errand(
            "urgent", Say("There is a fire in the building."), _urgent,
            (Cue(r"urgent note", DONE, over=True),),
        ),
        Errand(
            "spam",
            Say("This is an important message about your car warranty. Press one now."), _spam,
            (Cue(r"thank you|good ?bye", Wait()),),
        ),
        Errand(
            "transferred", Press("0"), _transferred, (Cue(r"put you through", Wait()),),
        ),
        Errand(
            "abandoned", Say(f"I need a cleaning on {day} at eleven."), _abandoned,
            (Cue(r"\bname\b|which (one )?suits", DONE, over=True),),
        ),
        Errand(
            "informed", Say("Is there any parking?"), _informed,
            (Cue(r"anything else", DONE),),
        ),
        Errand(
            "confirmed", Say("I want to confirm my cleaning appointment."), _confirmed,
            (Cue(r"confirmed", DONE, over=True),), has_appointment=True, keeps_day=True,
        ),
    ]  # fmt: skip


def facts_of(errand: Errand, day: str, phone: str) -> Facts:
    """What the caller knows."""
    begins = errand.begins
    opening = begins.text if isinstance(begins, Say) else "I want to talk to a person."
    return Facts(NAME, "cleaning", day, "eleven in the morning", phone,
                 "Please call me back tomorrow.", opening=opening, wish=opening)  # fmt: skip
