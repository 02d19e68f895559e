"""What follows when box and calendar differ about an appointment; pure.

The box says how it stands (a revision that only rises); the calendar shows how it stands there;
`written` is the state in which both were last understood. What differs from `written` in the
calendar was done by staff and is said to the box; what differs in the box is written into the
calendar. A server may change what it is given (TENTATIVE becomes CONFIRMED): what it gave back
right after it was written is nobody's word; what differs from that is staff's. While the box has
not answered staff's word, the calendar is left alone. The box alone settles conflicts
(docs/conflicts.md), and what it then says is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gateway.calendar_bridge.entry import Ours, Standing
from gateway.calendar_bridge.memory import Written
from gateway.calendar_bridge.writing import REQUEST


@dataclass(frozen=True)
class Box:
    """How the box has an appointment."""

    uid: str
    """of the appointment"""
    revision: int
    """its sequence"""
    calendar: str | None
    """where it belongs: its practitioner's calendar; None = there is none"""
    standing: Standing
    """time and status"""
    over: bool
    """lies in the past"""


@dataclass(frozen=True)
class Seen:
    """How the calendar has it."""

    calendar: str
    """key of the calendar"""
    href: str
    """its path"""
    etag: str
    """of this state"""
    ours: Ours
    """what stands there"""


@dataclass(frozen=True)
class Nothing:
    """Both agree, or the answer is awaited."""


@dataclass(frozen=True)
class Understand:
    """Remember how it stands in the calendar; then look again."""

    written: Written
    """the new common state"""


@dataclass(frozen=True)
class Say:
    """Staff did something: tell the box."""

    topic: str
    """appointment or decision"""
    standing: Standing
    """what staff wants"""
    calendar: str
    """whose calendar it is in"""
    decision: str
    """accepted, declined or moved; empty for topic appointment"""
    based_on: int
    """revision that staff had before their eyes"""
    seen: Seen | None
    """what stands in the calendar; None = it was removed"""
    written: Written
    """the new common state"""


@dataclass(frozen=True)
class Put:
    """Write the box's state."""

    calendar: str
    """into this calendar"""
    over: Seen | None
    """over this; None = as a new event"""


@dataclass(frozen=True)
class Remove:
    """Take an event out of a calendar that it no longer belongs to."""

    seen: Seen
    """which"""


Step = Nothing | Understand | Say | Put | Remove


def reconcile(
    box: Box, written: Written | None, seen: Sequence[Seen], *, waiting: bool = False
) -> Step:
    """The next step for an appointment; do it and ask again until it is Nothing.

    waiting: staff's last word has not been answered by the box.
    """
    if waiting:
        return Nothing()
    if written is None and seen:
        return Understand(_recovered(box, seen))
    if written is not None:
        step = _staff_did(box, written, seen)
        if step is not None:
            return step
    return _box_did(box, written, seen)


def in_doubt(box: Box, seen: Sequence[Seen], begun: int | None) -> Seen | None:
    """A request of ours that is shown as confirmed, and it is not known what the server made of it
    when it was written: staff may have accepted it, or the server did. It is to be written again.

    begun: revision whose writing has begun; None: nothing at all is known of the appointment.
    """
    if box.standing.status != "tentative" or box.over:
        return None
    here = next((s for s in seen if s.calendar == box.calendar), None)
    if here is None or here.ours.standing is None or not (begun is None or arrived([here], begun)):
        return None
    wrote = here.ours.base[1] if here.ours.base else box.standing
    confirmed = here.ours.standing == replace(wrote, status="confirmed")
    return here if confirmed and wrote.status == "tentative" else None


def arrived(seen: Sequence[Seen], begun: int) -> bool:
    """Whether what we began to write stands in the calendar."""
    return any((s.ours.base[0] if s.ours.base else s.ours.sequence) >= begun for s in seen)


def _recovered(box: Box, seen: Sequence[Seen]) -> Written:
    """The memory is lost, but the event itself bears how it was written."""
    at = next((s for s in seen if s.calendar == box.calendar), seen[0])
    revision, standing = at.ours.base or (box.revision, box.standing)
    return Written(box.uid, at.calendar, at.href, "", revision, standing)


def _staff_did(box: Box, written: Written, seen: Sequence[Seen]) -> Step | None:
    here = next((s for s in seen if s.calendar == written.calendar), None)
    if here is None:
        here = seen[0] if seen else None
    if here is None:
        return _removed(box, written)
    same_place = here.calendar == written.calendar
    if same_place and here.etag == written.etag and not written.gone:
        return None
    shown = here.ours.standing
    # Longer than a day: no appointment; the box's state stands.
    standing = written.standing if shown is None else _meant(written, shown)
    standing = _accepted_by_title(written, here, standing)
    now = replace(
        written, calendar=here.calendar, href=here.href, etag=here.etag, standing=standing,
        gone=False, given=shown if shown != standing else None,
    )  # fmt: skip
    if same_place and standing == written.standing and not written.gone:
        return Understand(now)  # the server or staff changed what is none of the box's business
    agreed = standing == box.standing and here.calendar == box.calendar
    if agreed or box.over:
        return Understand(now)
    if written.gone and written.standing.status == standing.status == "cancelled":
        return Understand(now)
    return _said(box, written, now, here)


def _removed(box: Box, written: Written) -> Step | None:
    if written.gone:
        return None
    gone = replace(written, gone=True, etag="", given=None)
    if box.standing.status == "cancelled" or written.standing.status == "cancelled" or box.over:
        return Understand(gone)
    cancelled = replace(written.standing, status="cancelled")
    gone = replace(gone, standing=cancelled)
    asked = _asks(box, written)
    topic = "decision" if asked else "appointment"
    decision = "declined" if asked else ""
    return Say(topic, cancelled, written.calendar, decision, written.revision, None, gone)


def _meant(written: Written, shown: Standing) -> Standing:
    """What staff want: what is as the server gave it back is as it was written."""
    wrote, given = written.standing, written.given or written.standing
    return Standing(
        wrote.start if shown.start == given.start else shown.start,
        wrote.minutes if shown.minutes == given.minutes else shown.minutes,
        wrote.status if shown.status == given.status else shown.status,
    )


def _accepted_by_title(written: Written, here: Seen, standing: Standing) -> Standing:
    """Who takes "Request:" away accepts; not every program shows the status."""
    taken_away = written.summary.startswith(REQUEST) and not here.ours.summary.startswith(
        REQUEST.strip()
    )
    if standing.status == written.standing.status == "tentative" and taken_away:
        return replace(standing, status="confirmed")
    return standing


def _said(box: Box, written: Written, now: Written, here: Seen) -> Say:
    was, wants = written.standing, now.standing
    if _asks(box, written):
        moved = (was.start, was.minutes, written.calendar) != (
            wants.start,
            wants.minutes,
            now.calendar,
        )
        accepted = "moved" if moved else "accepted"
        decision = "declined" if wants.status == "cancelled" else accepted
        return Say("decision", wants, now.calendar, decision, written.revision, here, now)
    return Say("appointment", wants, now.calendar, "", written.revision, here, now)


def _asks(box: Box, written: Written) -> bool:
    """Whether it is a request, also now: only then a decision is due."""
    return (
        box.standing.status == written.standing.status == "tentative"
        and box.revision == written.revision
    )


def _box_did(box: Box, written: Written | None, seen: Sequence[Seen]) -> Step:
    home = next((s for s in seen if s.calendar == box.calendar), None)
    stray = next((s for s in seen if s.calendar != box.calendar), None)
    live = box.standing.status != "cancelled"
    left = stray is not None and _is_left_behind(box, written, stray, home)
    if box.calendar is None:
        return Remove(stray) if stray is not None and left else Nothing()
    if home is None:
        if not live:
            return Nothing() if stray is None else _keep_in_place(box, written, stray)
        return Nothing() if box.over else Put(box.calendar, None)
    if stray is not None and left:
        return Remove(stray)
    if written is None:
        return Nothing()
    stands = written.standing == box.standing and written.calendar == box.calendar
    if stands and written.revision == box.revision:
        return Nothing()
    return Put(box.calendar, home)


def _is_left_behind(box: Box, written: Written | None, stray: Seen, home: Seen | None) -> bool:
    """Whether it is what we left when the box moved the appointment to another calendar, and not
    what staff is moving or copying just now."""
    known = box.revision if written is None or box.calendar is None else written.revision
    if stray.ours.base is not None:
        return stray.ours.base[0] < known
    # A server that drops what it does not know has dropped the mark at home too.
    return home is not None and home.ours.base is None and stray.ours.sequence < known


def _keep_in_place(box: Box, written: Written | None, stray: Seen) -> Step:
    """Cancelled, and still in the calendar of before: it is marked there, not moved."""
    agreed = written is not None and written.standing.status == "cancelled"
    if agreed and written is not None and written.revision == box.revision:
        return Nothing()
    return Put(stray.calendar, stray)
