"""A switchboard in memory: one conversation, the real store, a virtual clock, no phone."""

from __future__ import annotations

import uuid
from collections import deque
from dataclasses import dataclass
from typing import Any

from gateway.appointments.records import Outcome
from gateway.conversation import actions as a
from gateway.conversation import events as e
from gateway.conversation.conversation import Conversation, progress, start, step
from gateway.errors import NightporterError, NoSuchTransition, SlotTaken
from gateway.rehearsal.desk import carry_out, slot_of
from gateway.rehearsal.world import World
from gateway.store.messages import Voicemail

REPLY_S = 0.5
"""Virtual time that one step takes."""
THINK_S = 3.0
"""Virtual time in which a caller listens before they press keys."""
MAX_STEPS = 60
"""More events in answer to one event than this are a loop."""


@dataclass(frozen=True)
class Line:
    """One line of a transcript."""

    who: str
    """caller, box, key, message or -"""
    text: str
    """what was said or done"""
    key: str = ""
    """key of the box's sentence"""


class TextCall:
    """One call: feed it events, read what is spoken."""

    def __init__(self, world: World, caller: str | None = None) -> None:
        self.world = world
        self.caller = caller
        self.id = str(uuid.uuid4())
        self.conversation: Conversation = start(world.office)
        self.lines: list[Line] = []
        self.steps: list[tuple[e.Event, tuple[a.Action, ...]]] = []
        self.outcome: Outcome | None = None
        self.reason = ""
        self.over = False
        self.listen: a.Listen | None = None
        self.recording: a.RecordMessage | None = None
        self.meant = ""
        self.commits: list[tuple[a.Action, str, str]] = []
        self._lowest = 5
        self._progress = ""
        self._unheard = 0

    # --- from the caller's side --------------------------------------------------------

    def answer(self, rung: int = 5, **facts: Any) -> None:
        """The call comes in and is answered."""
        now = self.world.now
        self.world.store.call_started(self.id, caller=self.caller, now=now)
        limits = self.world.store.caller_limits(self.caller, now=now)
        dropped = self.world.store.recent_dropped_call(self.caller, now=now, for_call=self.id)
        known: dict[str, Any] = {
            "caller": self.caller,
            "rung": rung,
            "calendar_fresh": "calendar" not in self.world.stale,
            "clock_trusted": "clock" not in self.world.stale,
            "open_bookings": limits.open_bookings,
            "bookings_today": limits.bookings_today,
            "calls_last_hour": limits.calls_last_hour,
            "withheld_last_hour": limits.withheld_last_hour,
            "progress": dropped.progress if dropped else None,
        }
        self.lines.append(Line("box", "(greeting) How can I help you?", "greeting"))
        self.feed(e.CallAnswered(**(known | facts)))

    def say(
        self, text: str, sure: float = 1.0, *, over_us: bool = False, meant: str | None = None
    ) -> None:
        """Something is heard; `meant` is what was truly said ("" = nothing, an echo)."""
        self.meant = text if meant is None else meant
        self.lines.append(Line("caller" if self.meant else "echo", text))
        self.feed(e.Heard(text, sure, over_us))

    def press(self, keys: str) -> None:
        """The caller presses keys, one after the other."""
        self.lines.append(Line("key", keys))
        self.world.passes(THINK_S)
        self.meant = f"/{keys}"
        for digit in keys:
            if not self.over and self.recording is None:
                self.feed(e.KeyPressed(digit))

    def leave(self, words: str, seconds: float = 6.0) -> None:
        """Leave a message where one is being recorded; no words = nothing was left."""
        action, self.recording = self.recording, None
        assert action is not None, "nothing is being recorded"
        self.lines.append(Line("message", words or "(nothing)"))
        if words:
            self.feed(e.HeardInMessage(words))
        name = f"text-{self.id}-{len(self.lines)}" if words else ""
        receipt = None
        if words and "RecordMessage" not in self.world.failing:
            receipt = self._import(name, action, words, seconds)
        self.world.passes(seconds)
        self.feed(e.MessageRecorded(name, seconds if words else 0.0, receipt))
        if not action.go_on and not self.over:
            self.hang_up()

    def stay_silent(self) -> None:
        """Nothing is said for the office's silence time."""
        self.lines.append(Line("-", "silence"))
        self.world.passes(self.world.settings.conversation.silence_seconds)
        self.feed(e.CallerSilent())

    def hang_up(self) -> None:
        """The caller is gone."""
        if not self.over:
            self.lines.append(Line("-", "caller hangs up"))
            self.feed(e.CallerHungUp())
            self._end()

    def spoken(self) -> list[Line]:
        """What the box has said since this was last asked."""
        fresh = [line for line in self.lines[self._unheard :] if line.who == "box"]
        self._unheard = len(self.lines)
        return fresh

    def answer_lines(self) -> list[Line]:
        """What the box has said since the caller's last turn."""
        heard: list[Line] = []
        for line in reversed(self.lines):
            if line.who != "box":
                break
            heard.append(line)
        return heard[::-1]

    # --- the switchboard's side --------------------------------------------------------

    def feed(self, event: e.Event) -> None:
        """One event and all that follows from it."""
        waiting = deque([event])
        for _ in range(MAX_STEPS):
            if not waiting:
                break
            current = waiting.popleft()
            self.world.passes(REPLY_S)
            try:
                self.conversation, actions = step(self.conversation, current, self.world.local)
            except NoSuchTransition:
                continue
            self.steps.append((current, actions))
            self._lowest = min(self._lowest, self.conversation.rung)
            for action in actions:
                answer = self._do(action)
                if answer is not None:
                    waiting.append(answer)
        else:
            raise AssertionError(f"{MAX_STEPS} events follow from {type(event).__name__}")
        self._save_progress()

    def _do(self, action: a.Action) -> e.Event | None:
        match action:
            case a.Say():
                self.listen = None
                self.lines.append(Line("box", action.text, action.key))
            case a.Listen():
                self.listen = action
            case a.RecordMessage():
                self.listen, self.recording = None, action
            case a.Note(kind=kind, reason=reason, data=data):
                self.world.store.journal(self.id, kind, reason, dict(data), now=self.world.now)
            case a.EndCall(outcome=outcome, reason=reason):
                self.outcome, self.reason = outcome, reason
                self._end()
            case a.TransferCall():
                return e.TransferProgressed(self.world.transfer_code, final=True)
            case a.AskModel():
                scores = self.world.scores(action)
                return (
                    e.ModelFailed("language-model") if scores is None else e.ModelAnswered(scores)
                )
            case _:
                return self._with_store(action)
        return None

    def _with_store(self, action: a.Action) -> e.Event:
        kind = type(action).__name__
        if isinstance(action, a.CommitBooking | a.CommitMove | a.CommitCancel):
            self.commits.append((action, self.meant, self._read_back()))
        meanwhile = self.world.between.pop(kind, None)
        if meanwhile is not None:
            if not isinstance(action, a.HoldSlot):
                self.world.store.release_holds(self.id)  # as if it had run out
            meanwhile()
        if kind in self.world.failing:
            return e.StoreFailed(kind)
        try:
            return carry_out(self.world, self.id, action)
        except SlotTaken:
            return e.SlotGone(slot_of(action))
        except NightporterError:
            return e.StoreFailed(kind)

    def _read_back(self) -> str:
        """What the box said last of the appointment that is being committed."""
        keys = ("read-back", "read-back-no-name", "read-back-move", "your-appointment",
                "your-request")  # fmt: skip
        return next((line.text for line in reversed(self.lines) if line.key in keys), "")

    def _import(self, name: str, action: a.RecordMessage, words: str, seconds: float) -> Any:
        note = action.note
        voicemail = Voicemail(
            spool_name=name,
            caller=note.phone or self.caller,
            taken_at=self.world.now,
            seconds=seconds,
            reason=note.reason,
            recording="",
            call_id=self.id,
            transcript=words,
            about=note.about,
            name=note.name,
            for_whom=note.for_whom,
        )
        return self.world.store.import_voicemail(voicemail, now=self.world.now, ends_call=False)

    def _save_progress(self) -> None:
        blob = progress(self.conversation)
        if blob != self._progress and not self.over:
            self._progress = blob
            self.world.store.save_progress(self.id, blob, now=self.world.now)

    def _end(self) -> None:
        if self.over:
            return
        self.over = True
        turns = [
            {"who": line.who, "said": line.text}
            for line in self.lines
            if line.who in ("caller", "key", "message")
        ]
        outcome = self.outcome or Outcome.ABANDONED
        self.world.store.call_ended(
            self.id,
            outcome,
            now=self.world.now,
            lowest_rung=self._lowest,
            turns=turns,
            reason=self.reason,
        )
