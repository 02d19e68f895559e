"""One call: carries out what the table in answering.py says, between leg, gateway and spool."""

from __future__ import annotations

import logging
import time
import uuid
from collections import deque

from gateway.contract import call_link as link
from gateway.contract.service import log_fields
from gateway.errors import RecordingError, TelephonyError
from telephony.answering import Action, Event, State, allows, step
from telephony.gateway_side import GatewaySide
from telephony.message_taker import MessageTaker
from telephony.playback import Playback
from telephony.prompts import GREETING
from telephony.sip.interface import Leg
from telephony.surroundings import Surroundings
from telephony.watch import RtpClock

log = logging.getLogger(__name__)

HEARD_TAIL_S = 0.3
"""What left us is still in the network and in the caller's jitter buffer for so long."""
DECLINED = 603
"""Reported when a transfer cannot even be sent."""
TALKING = (State.GREETING, State.CONVERSATION, State.TRANSFERRING)
"""States in which the gateway speaks and its silence matters."""
HEARD = (*TALKING, State.RECORDING)
"""States in which the caller hears what the gateway says: danger is answered in a recording too."""
NO_RTP_MATTERS_NOT = (State.RINGING, State.FILING, State.ENDED)
"""States without a caller on the line."""
SENTENCES = {
    Action.SAY_MESSAGE_SAVED: "message-saved",
    Action.SAY_NOTHING_RECORDED: "nothing-recorded",
    Action.SAY_CANNOT_RECORD: "cannot-record",
}


class Call:
    """A call from the offer to the end; everything but `hear` runs on the main thread."""

    def __init__(self, leg: Leg, around: Surroundings, *, alone_because: str | None) -> None:
        self.call_id = str(uuid.uuid4())
        self.state = State.RINGING
        self._leg = leg
        self._prompts = around.prompts
        self._playback = Playback()
        self._gateway = GatewaySide(self.call_id, self._playback)
        self._message = MessageTaker(self.call_id, leg.offer, around.spool, around.limits)
        self._rtp = RtpClock()
        self._events: deque[Event] = deque()
        self._digit = ""
        self._target = ""
        self._ended_by: str | None = None
        leg.listener = self
        leg.set_sound(self.hear, self._playback.pull)
        if alone_because is None:
            self._gateway.connect(around.gateway_socket, leg.offer)
        else:
            self._message.reason = alone_because
            self._message.prompt = "busy" if alone_because == "over-limit" else "alone"

    @property
    def over(self) -> bool:
        """Nothing is left to do."""
        return self.state is State.ENDED

    @property
    def with_gateway(self) -> bool:
        """Whether the gateway is in on this call."""
        return self._gateway.there

    def stop(self) -> None:
        """The line is being stopped."""
        if not self.over:
            self._happen(Event.STOP)

    def tick(self) -> None:
        """Whatever has come or fallen due since the last turn of the loop."""
        for order in self._gateway.orders(talking=lambda: self.state in HEARD):
            self._obey(order)
        self._watch_playback()
        self._watch_message()
        trouble = self._gateway.trouble(talking=self.state in TALKING)
        if trouble:
            self._lose_gateway(*trouble)
        if self.state not in NO_RTP_MATTERS_NOT and self._ended_by is None:
            self._watch_rtp()

    # --- from the leg -------------------------------------------------------------

    def hear(self, frame: bytes) -> None:
        """20 ms of the caller, on the bridge's clock thread: only move bytes."""
        self._gateway.hear(frame)
        if self.state is State.RECORDING:
            self._message.hear(frame)

    def on_answered(self, codec: str) -> None:
        """Media is ready."""
        log.info("answered", extra=self._fields(codec=codec))
        self._rtp.restart()
        if self._gateway.there:
            self._happen(Event.ANSWERED)
            length_ms = self._prompts.milliseconds(GREETING)
            self._gateway.send(link.CallAnswered(self.call_id, time.time(), codec, length_ms))
        else:
            self._happen(Event.ANSWERED_ALONE)

    def on_digit(self, digit: str) -> None:
        """A key."""
        if not self.over:
            self._digit = digit
            self._happen(Event.HASH if digit == "#" else Event.KEY)

    def on_transfer(self, code: int, final: bool) -> None:
        """How the transfer goes."""
        self._gateway.send(link.TransferProgress(code, final))
        if final and not self.over:
            self._happen(Event.TRANSFER_OVER)

    def on_ended(self, code: int) -> None:
        """The leg is over."""
        self._ended_by = self._ended_by or "caller"
        log.info("leg-over", extra=self._fields(code=code, by=self._ended_by))
        if not self.over:
            self._happen(Event.CALLER_GONE)

    # --- from the gateway ---------------------------------------------------------

    def _obey(self, order: link.Message) -> None:
        match order:
            case link.TakeMessage() if allows(self.state, Event.TAKE_MESSAGE):
                self._message.reason, self._message.prompt = order.reason, order.prompt
                self._message.go_on = not order.then_hang_up
                self._happen(Event.TAKE_MESSAGE)
            case link.HangUp() if allows(self.state, Event.HANG_UP):
                self._happen(Event.HANG_UP)
            case link.Transfer(target=target) if allows(self.state, Event.TRANSFER):
                self._target = target
                self._happen(Event.TRANSFER)
            case _:
                log.warning("asked-at-a-wrong-moment", extra=self._fields(of=order.event_type))

    def _lose_gateway(self, event: Event, reason: str) -> None:
        log.warning(reason, extra=self._fields())
        if self.state in TALKING:
            self._message.reason = reason
        self._message.go_on = False
        self._happen(event)

    # --- what falls due -----------------------------------------------------------

    def _watch_playback(self) -> None:
        for report in self._playback.finished():
            self._gateway.send(report)
            if report.play_id == GREETING and self.state is State.GREETING:
                self._happen(Event.PLAYED_OUT)
        if not self._playback.empty:
            return
        quiet_s = time.monotonic() - self._playback.last_sound_at
        if self.state is State.PROMPT or (
            self.state is State.ENDING and self._ended_by is None and quiet_s > HEARD_TAIL_S
        ):
            self._happen(Event.PLAYED_OUT)

    def _watch_message(self) -> None:
        event = None
        if self.state is State.RECORDING:
            event = self._message.over()
        elif self.state in (State.SAVING, State.FILING):
            event = self._message.outcome()
        if event:
            self._happen(event)

    def _watch_rtp(self) -> None:
        if self._rtp.gone(self._leg):
            log.warning("no-rtp", extra=self._fields())
            self._ended_by = "network"
            self._leg.hang_up()

    # --- the table ----------------------------------------------------------------

    def _happen(self, event: Event) -> None:
        self._events.append(event)
        if len(self._events) > 1:
            return  # an action caused it: the loop below takes it up
        while self._events:
            event = self._events[0]
            before = self.state
            try:
                self.state, actions = step(before, event)
                if before is not self.state:
                    log.info("call", extra=self._fields(event=event.name))
                for action in actions:
                    self._do(action, event)
            finally:
                self._events.popleft()

    def _do(self, action: Action, event: Event) -> None:
        match action:
            case Action.GREET:
                self._playback.play(GREETING, self._prompts.sound(GREETING))
            case Action.SEND_DIGIT:
                self._gateway.key(self._digit)
            case Action.DROP_LINK:
                self._gateway.drop()
            case Action.STOP_SOUND:
                self._playback.stop()
            case Action.ASK | Action.APOLOGISE:
                self._ask(action)
            case Action.RECORD:
                self._record()
            case Action.FINISH_RECORDING:
                self._message.finish(event)
            case Action.NOTE_NO_MESSAGE:
                if not self._gateway.there:  # else the gateway has the call on its list
                    self._message.note_nothing()
            case Action.REPORT_MESSAGE:
                self._gateway.send(self._message.report())
            case Action.REFER:
                self._refer()
            case Action.CLOSE_QUEUE:
                self._playback.close_open()
            case Action.HANG_UP_NOW:
                self._ended_by = self._ended_by or "us"
                self._leg.hang_up()
            case Action.CLOSE:
                self._gateway.end(self._ended_by or "us")
            case _:
                self._playback.play("words", self._prompts.sound(SENTENCES[action]))

    def _ask(self, action: Action) -> None:
        if action is Action.APOLOGISE:
            self._message.prompt = "apology"
        self._playback.close_open()  # nothing that the gateway still sends is heard from here on
        if self._message.prompt:
            self._playback.play("prompt", self._prompts.sound(self._message.prompt))

    def _record(self) -> None:
        try:
            self._message.record(self._leg)
        except RecordingError as error:
            log.error("cannot-record", extra=self._fields(why=error))
            self._happen(Event.BROKEN)
        else:  # the tone plays into the recording time: some callers speak before it is over
            self._playback.play("tone", self._prompts.tone)

    def _refer(self) -> None:
        try:
            self._leg.transfer(self._target)
        except TelephonyError as error:
            log.warning("transfer-not-sent", extra=self._fields(why=error))
            self.on_transfer(DECLINED, final=True)

    def _fields(self, **more: object) -> dict[str, object]:
        return log_fields(call_id=self.call_id, state=self.state.name, **more)
