"""A box that behaves: what it would say and answer, with no telephone and no model behind it."""

from __future__ import annotations

import base64
import random
from collections import deque
from datetime import UTC, datetime, timedelta
from typing import get_args

from gateway.contract import fleet_signature
from gateway.contract.fleet import (
    Alert,
    AlertKind,
    BoxState,
    Check,
    CommandName,
    Count,
    Health,
    ModelHealth,
    Outcome,
    Program,
    ProgramHealth,
    Refusal,
    Result,
    Severity,
    State,
    topic,
)  # fmt: skip
from gateway.errors import CommandRefused

CALLS_A_DAY = 9
"""Calls of a night, on average."""
_OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
_PROGRAMS: tuple[Program, ...] = get_args(Program)
CLOCKS_APART_S = 120
"""As much may the operator's clock be ahead."""


class SimulatedBox:
    """State, health and alerts of one box, and its answers to commands."""

    def __init__(self, site: str, box: str, trusted: tuple[str, ...], seed: int) -> None:
        self.site = site
        self.box = box
        self.connection = 0
        self.state = BoxState.INIT
        self.obeyed: list[str] = []
        """commands that were obeyed, for tests"""
        self._trusted = trusted
        self._random = random.Random(f"{seed}/{site}/{box}")
        self._numbers: dict[str, int] = {}
        self._night_mode: str = "auto"
        self._open: dict[AlertKind, Alert] = {}
        self._started = datetime.now(UTC)
        now = self._started
        self._calls = deque(
            sorted(now - timedelta(hours=self._random.uniform(0, 24)) for _ in range(CALLS_A_DAY))
        )

    def topic(self, name: str) -> str:
        """One of its topics."""
        return topic(self.site, self.box, name)

    def connected(self) -> None:
        """One connection more."""
        self.connection += 1

    def said(self, state: BoxState, now: datetime) -> bytes:
        """Payload of `state`."""
        if state is not BoxState.LOST:
            self.state = state
        said = State(state=state, connection=self.connection, at=now)
        return said.model_dump_json().encode()

    def rings(self, now: datetime) -> None:
        """A call came and was dealt with."""
        self._calls.append(now)

    def health(self, now: datetime) -> Health:
        """How it is now."""
        while self._calls and now - self._calls[0] > timedelta(hours=24):
            self._calls.popleft()
        day: dict[Outcome, Count] = {}
        for call in self._calls:
            outcome = _OUTCOMES[int(call.timestamp()) % len(_OUTCOMES)]
            day[outcome] = day.get(outcome, 0) + 1
        failing = set(self._open)
        return Health(
            connection=self.connection,
            at=now,
            release="0.1.0",
            rung=3 if AlertKind.RUNG_LOW in failing else 5,
            line_registered=AlertKind.LINE_DOWN not in failing,
            on_duty=self._night_mode != "off",
            night_mode=self._night_mode,  # type: ignore[arg-type]
            programs={name: ProgramHealth(ready=True, memory_mb=40) for name in _PROGRAMS},
            models=[ModelHealth(kind="voice", key="simulated", sha256="0" * 12)],
            calls_day=day,
            calls_week=len(self._calls) * 7,
            since_last_call_s=(now - self._calls[-1]).total_seconds() if self._calls else None,
            reply_p95_ms=self._random.randint(500, 1500),
            unowned_calls=2 if AlertKind.UNOWNED_CALLS in failing else 0,
            disk_free_mb=900 if AlertKind.DISK in failing else 20_000,
            disk_free_percent=3 if AlertKind.DISK in failing else 60,
            memory_free_mb=900,
            temperature_c=round(self._random.uniform(40, 60), 1),
            clock_trusted=True,
            up_s=(now - self._started).total_seconds(),
        )

    def fails(self, kind: AlertKind, now: datetime) -> Alert:
        """Opens an alert."""
        severe = kind in (AlertKind.LINE_DOWN, AlertKind.DISK)
        self._open[kind] = Alert(
            kind=kind,
            severity=Severity.CRITICAL if severe else Severity.WARNING,
            state="open",
            opened=now,
            connection=self.connection,
        )
        return self._open[kind]

    def mends(self, kind: AlertKind, now: datetime) -> Alert | None:
        """Closes it."""
        opened = self._open.pop(kind, None)
        if opened is None:
            return None
        return opened.model_copy(
            update={"state": "closed", "closed": now, "connection": self.connection}
        )

    def answer(self, payload: bytes, now: datetime) -> Result:
        """Obeys a command, or says why not; as a real box: signature, address, expiry, number."""
        try:
            order = fleet_signature.read(payload, self._trusted)
        except CommandRefused as refused:
            refusal = Refusal(refused.refusal)
            return Result(id=None, command=None, at=now, result="refused", refusal=refusal)
        command = order.command
        why = self._objection(order, now)
        if why is None:
            self._numbers[order.key] = command.number
            self.obeyed.append(command.command.value)
            if command.command is CommandName.NIGHT_MODE and command.night_mode:
                self._night_mode = command.night_mode
        checks = [Check(name="line", result="ok"), Check(name="disk", result="ok")]
        started = command.command in (CommandName.RESTART, CommandName.SETTINGS)
        asked = command.command
        return Result(
            id=command.id,
            command=asked,
            at=now,
            result="refused" if why else "started" if started else "done",
            refusal=why,
            checks=checks if asked in (CommandName.DIAGNOSE, CommandName.TEST_CALL) else [],
            health=self.health(now) if asked is CommandName.REPORT and not why else None,
            took_ms=self._random.randint(1, 50),
        )

    def _objection(self, order: fleet_signature.Order, now: datetime) -> Refusal | None:
        command = order.command
        if (command.site, command.box) != (self.site, self.box):
            return Refusal.OTHER_BOX
        if command.expires <= now:
            return Refusal.EXPIRED
        if command.issued > now + timedelta(seconds=CLOCKS_APART_S):
            return Refusal.NOT_YET
        if command.number <= self._numbers.get(order.key, -1):
            return Refusal.REPLAYED
        if command.bundle is not None:
            try:
                base64.b64decode(command.bundle, validate=True)
            except ValueError:
                return Refusal.FAILED
        return None
