"""Which commands count: signed, for this box, in time, and each number once."""

from __future__ import annotations

import contextlib
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.contract.fleet import Refusal, Result, topic
from gateway.contract.fleet_signature import Order, read
from gateway.contract.service import log_fields
from gateway.errors import CommandRefused, StoreError
from gateway.store.inbox import Letter
from gateway.store.store import Store
from gateway.sync.connection import Message

log = logging.getLogger(__name__)

AHEAD = timedelta(minutes=2)
"""Two clocks that are both kept by time servers differ by less."""
WRITE_EVERY_S = 10.0
"""Refusals are counted at once but written this seldom: a broker gone mad cannot wear the disk."""
SAY_EVERY_S = 1.0
"""Refusals of what nobody signed are answered this seldom."""


@dataclass(frozen=True)
class Identity:
    """Who this box is, and whom it obeys."""

    site: str
    """short name of the site"""
    box: str
    """short name of the box"""
    keys: tuple[str, ...]
    """public keys of operators, base64"""

    @property
    def command_topic(self) -> str:
        """Where commands come."""
        return topic(self.site, self.box, "command")


class Commands:
    """Judges what comes on the topic of commands; what is refused changes nothing but a count."""

    def __init__(self, store: Store, identity: Identity) -> None:
        self._store = store
        self._identity = identity
        self._refused = 0
        self._written_s = float("-inf")
        self._said_s = float("-inf")

    def hear(self, message: Message, now: datetime, now_s: float) -> Order | Result | None:
        """The order to execute, or the refusal to publish, or None: refused in silence.

        The order's number is committed as used before this returns; StoreError means that nothing
        was accepted. `now_s`: monotonic seconds.
        """
        order: Order | None = None
        try:
            self._judge_envelope(message)
            order = read(message.payload, self._identity.keys)
            self._judge(order, now)
        except CommandRefused as refused:
            return self._refuse(refused, order, now, now_s)
        except Exception:  # a fault of ours: refused, so that it cannot come back for ever
            log.exception("command-broke-us", extra=log_fields(bytes=len(message.payload)))
            unreadable = CommandRefused(Refusal.UNREADABLE, "the box could not read it")
            return self._refuse(unreadable, None, now, now_s)
        command = order.command
        if not self._store.accept_command(order.key, command.number, command.id, now=now):
            replayed = CommandRefused(Refusal.REPLAYED, "the number was used before")
            return self._refuse(replayed, order, now, now_s)
        log.info("command-accepted", extra=log_fields(command=command.command.value))
        return order

    def settle(self, now: datetime, now_s: float) -> None:
        """Write the refusals that were only counted; call it now and then, and at the end."""
        if self._refused and now_s - self._written_s >= WRITE_EVERY_S:
            self._written_s = now_s
            letter = Letter("", "fleet/command")
            with contextlib.suppress(StoreError):  # it stays counted here until the disk is well
                self._store.note_refused(letter, "commands", now=now, count=self._refused)
                self._refused = 0

    def _judge_envelope(self, message: Message) -> None:
        if message.topic != self._identity.command_topic:
            raise CommandRefused(Refusal.OTHER_BOX, "not a topic of this box")
        if message.retained:
            raise CommandRefused(Refusal.REPLAYED, "commands must not be retained")

    def _judge(self, order: Order, now: datetime) -> None:
        command = order.command
        if (command.site, command.box) != (self._identity.site, self._identity.box):
            raise CommandRefused(Refusal.OTHER_BOX, "addressed to another box")
        if command.issued > now + AHEAD:
            raise CommandRefused(Refusal.NOT_YET, "issued in the future: a clock is wrong")
        if command.expires <= now:
            raise CommandRefused(Refusal.EXPIRED, "too late")

    def _refuse(
        self, refused: CommandRefused, order: Order | None, now: datetime, now_s: float
    ) -> Result | None:
        self._refused += 1
        self.settle(now, now_s)
        if order is None and now_s - self._said_s < SAY_EVERY_S:
            return None
        self._said_s = now_s
        log.warning("command-refused", extra=log_fields(code=refused.refusal))
        return Result(
            id=order.command.id if order else None,
            command=order.command.command if order else None,
            at=now,
            result="refused",
            refusal=Refusal(refused.refusal),
        )
