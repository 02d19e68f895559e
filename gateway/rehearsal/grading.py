"""Grades a rehearsal on the rows that it left, and on what was said without a row behind it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise

from gateway.appointments.records import Status
from gateway.conversation import actions as a
from gateway.conversation import spoken
from gateway.conversation.meaning import Answer, Asked, Context, Intent
from gateway.conversation.sentences import PROOF
from gateway.conversation.understanding import understand
from gateway.rehearsal.scenario import Row, Scenario
from gateway.rehearsal.text_call import TextCall
from gateway.rehearsal.world import World

CLAIM_WORDS = re.compile(
    r"\b(that's booked|you're booked|i have put you down for|it's cancelled"
    r"|it's moved|has your message|on the office's list|passed your question on"
    r"|left an urgent note|it's confirmed)\b",
    re.IGNORECASE,
)
"""Words of a claim; in any sentence that is none they are a lie."""
SAID_YES = re.compile(r"^/1$|\b(yes|yeah|yep|yup|sure|please do|go ahead|book it|do it|correct)\b")
OTHER_ACTS: dict[type[a.Action], re.Pattern[str]] = {
    a.CommitBooking: re.compile(r"\b(?:cancel|move|don't book|leave) (?:it|that)\b"),
    a.CommitMove: re.compile(r"\b(?:cancel|leave|keep|don't move) (?:it|that)\b"),
    a.CommitCancel: re.compile(r"\b(?:book|move|leave|keep|don't cancel) (?:it|that)\b"),
}
"""Commit -> words for something else: whatever stands beside them, they are no yes to it."""
ACTS: dict[type[a.Action], Intent] = {
    a.CommitBooking: Intent.BOOK, a.CommitMove: Intent.MOVE, a.CommitCancel: Intent.CANCEL,
}  # fmt: skip


@dataclass
class Verdict:
    """What was found of one run."""

    name: str
    """name of the scenario"""
    seed: int
    """seed of the run"""
    wrong_commits: list[str] = field(default_factory=list)
    """rows to which the caller did not say yes, or that were not read back"""
    double_bookings: list[str] = field(default_factory=list)
    """overlapping appointments"""
    claims_without_row: list[str] = field(default_factory=list)
    """sentences that claim what is not so"""
    unowned_calls: list[str] = field(default_factory=list)
    """calls without outcome or owner"""
    repeated: list[str] = field(default_factory=list)
    """the same sentence twice in a row"""
    missed: list[str] = field(default_factory=list)
    """what the scenario wanted and did not get; not graded under noise"""

    @property
    def safe(self) -> bool:
        """Whether nothing was done or said that must never be."""
        return not (
            self.wrong_commits or self.double_bookings or self.claims_without_row
            or self.unowned_calls or self.repeated
        )  # fmt: skip

    @property
    def passed(self) -> bool:
        """Whether all is as wanted."""
        return self.safe and not self.missed


def grade(scenario: Scenario, world: World, calls: list[TextCall], verdict: Verdict) -> None:
    """What must never happen, in every run."""
    for call in calls:
        _commits(call, verdict)
        _claims(world, call, verdict)
        _repeats(call, verdict)
        if call.outcome is None:
            verdict.unowned_calls.append(f"{call.id}: no outcome")
    unowned = world.store.unowned_calls(now=world.now)
    verdict.unowned_calls += [f"{call_id}: nobody owns it" for call_id in unowned]
    verdict.double_bookings += _overlaps(world)
    text = "\n".join(line.text for call in calls for line in call.lines if line.who == "box")
    for pattern in scenario.never:
        if re.search(pattern, text, re.IGNORECASE):
            verdict.missed.append(f"said what must never be said: {pattern}")


def grade_rows(scenario: Scenario, world: World, calls: list[TextCall], verdict: Verdict) -> None:
    """What the scenario wants besides; only where the recogniser is perfect."""
    text = "\n".join(line.text for call in calls for line in call.lines if line.who == "box")
    for number, wanted in enumerate(scenario.outcomes):
        got = calls[number].outcome if number < len(calls) else None
        if got is None or got.value not in wanted.split("|"):
            verdict.missed.append(f"outcome {got} instead of {wanted}")
    for pattern in scenario.says:
        if not re.search(pattern, text, re.IGNORECASE):
            verdict.missed.append(f"never said: {pattern}")
    rows = {
        table: _rows(world, table) for table in ("appointment", "follow-up", "event", "journal")
    }
    for row in scenario.rows:
        found = [text for text in rows[row.table] if _fits(row, text)]
        if row.wanted and not found:
            verdict.missed.append(f"no {row.table} with {', '.join(row.facts)}; {rows[row.table]}")
        if not row.wanted and found:
            verdict.missed.append(f"unwanted {row.table}: {found[0]}")
    live = [one for one in world.store.appointments() if one.status is not Status.CANCELLED]
    if scenario.live is not None and len(live) != scenario.live:
        verdict.missed.append(f"{len(live)} live appointments instead of {scenario.live}")


def _fits(row: Row, text: str) -> bool:
    """Every fact is there; "a|b" means either."""
    low = text.lower()
    return all(any(way in low for way in fact.lower().split("|")) for fact in row.facts)


def _rows(world: World, table: str) -> list[str]:
    """The rows of a table as texts to search."""
    store = world.store
    if table == "appointment":
        return [
            f"{one.service} with {one.practitioner} on {one.start:%Y-%m-%d %H:%M} for {one.name} "
            f"{one.phone} {one.status.value} {one.note}"
            for one in store.appointments()
        ]
    if table == "follow-up":
        return [f"{one.reason} {one.owner} {one.text}" for one in store.open_follow_ups()]
    if table == "event":
        return [f"{event.type}" for event in store.next_events(10_000)]
    return [
        f"{entry['kind']} {entry['reason']} {entry['data']}"
        for summary in store.calls(limit=1000)
        for entry in store.call_page(summary.id).decisions
    ]


def _commits(call: TextCall, verdict: Verdict) -> None:
    """Every row needs a yes of the caller's own, to a read-back that named its day and time."""
    office = call.world.settings.office
    for action, meant, read_back in call.commits:
        if not _is_yes(call, meant, action):
            verdict.wrong_commits.append(f'{type(action).__name__} after "{meant}"')
        if isinstance(action, a.CommitBooking | a.CommitMove):
            slot = action.draft.slot if isinstance(action, a.CommitBooking) else action.slot
            named = (
                spoken.say_date(slot.start.date()) in read_back
                and spoken.say_time(slot.start.time(), office.country) in read_back
            )
            if not named:
                verdict.wrong_commits.append(f'{slot.start} was not in "{read_back}"')


def _is_yes(call: TextCall, meant: str, action: a.Action) -> bool:
    if OTHER_ACTS[type(action)].search(meant.lower()):
        return False
    if SAID_YES.search(meant.lower()):
        return True
    context = Context(
        now=call.world.local, vocabulary=call.world.office.vocabulary, asked=Asked.YES_NO,
        held=True, act=ACTS[type(action)],
    )  # fmt: skip
    answer = understand(meant, context).answer
    return answer is not None and answer.value is Answer.YES


def _claims(world: World, call: TextCall, verdict: Verdict) -> None:
    page = world.store.call_page(call.id)
    facts = {entry["kind"] for entry in page.decisions}
    needs = {
        "booked": {"appointment.booked"}, "requested": {"appointment.requested"},
        "moved": {"appointment.moved"}, "move-requested": {"appointment.moved"},
        "cancelled": {"appointment.cancelled"}, "cancelled-late": {"appointment.cancelled"},
        "confirmed": {"appointment.confirmed"},
    }  # fmt: skip
    for line in call.lines:
        if line.who != "box":
            continue
        if line.key not in PROOF:
            if CLAIM_WORDS.search(line.text):
                verdict.claims_without_row.append(f"{line.key}: {line.text}")
            continue
        if line.key in needs and not needs[line.key] & facts:
            verdict.claims_without_row.append(f"{line.key}: {sorted(facts)}")
        if line.key not in needs and not page.follow_ups:
            verdict.claims_without_row.append(f"{line.key}: no follow-up")


def _repeats(call: TextCall, verdict: Verdict) -> None:
    said = [line.text for line in call.lines if line.who == "box"]
    verdict.repeated += [one for one, two in pairwise(said) if one == two]


def _overlaps(world: World) -> list[str]:
    live = [one for one in world.store.appointments() if one.status is not Status.CANCELLED]
    found = []
    for number, one in enumerate(live):
        for other in live[number + 1 :]:
            same = one.practitioner == other.practitioner
            if same and one.start < other.end and other.start < one.end:
                found.append(f"{one.uid} and {other.uid}")
    return found
