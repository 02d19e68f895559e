"""The connection to the operator's broker: state, health and alerts out, commands in."""

from __future__ import annotations

import logging
import random
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from gateway.contract import strict_json
from gateway.contract.fleet import (
    Alert,
    BoxState,
    Document,
    Health,
    Result,
    State,
    topic,
)
from gateway.contract.fleet_signature import Order
from gateway.contract.service import log_fields
from gateway.errors import MessageRefused, StoreError, SyncError
from gateway.store.fleet import AlertRow
from gateway.store.store import Store
from gateway.sync.backoff import Backoff
from gateway.sync.connection import Address, Connection, Message, Will
from gateway.sync.operator.commands import Commands, Identity
from gateway.sync.operator.orders import Orders
from gateway.sync.state import HIGHEST_CONNECTION

log = logging.getLogger(__name__)

TURN_S = 0.1
"""A command is heard this soon; waking up costs microseconds."""
ACKNOWLEDGE_S = 30.0
"""As gateway/sync/drain.py."""
RESULTS_KEPT = 50
"""Results that wait for the broker; the oldest is the least interesting."""


@dataclass
class _Telling:
    """An alert on its way: what must be acknowledged before it is told."""

    row: AlertRow
    closing: bool
    numbers: set[int]


@dataclass
class _Session:
    connection: Connection
    number: int
    said: BoxState | None = None
    telling: _Telling | None = None
    results: dict[int, Result] = field(default_factory=dict)
    waiting: dict[int, float] = field(default_factory=dict)
    """messages that are not acknowledged yet, with the time of each"""


class Link:
    """step() is the loop's body and never raises for an outage, whatever the broker sends."""

    def __init__(
        self, store: Store, identity: Identity, address: Address, orders: Orders,
        state: Callable[[], str],
    ) -> None:  # fmt: skip
        self._store = store
        self._identity = identity
        self._address = address
        self._orders = orders
        self._state = state
        self._commands = Commands(store, identity)
        self._session: _Session | None = None
        self._backoff = Backoff()
        self._next_try = 0.0
        self._above = 0
        self._health: Health | None = None
        self._results: deque[Result] = deque(maxlen=RESULTS_KEPT)
        self._alerts_changed = True

    @property
    def connection(self) -> int:
        """Number of the connection, 0 without one."""
        return self._session.number if self._session else 0

    def tell(self, health: Health) -> None:
        """New health; it goes out now or, without a connection, when there is one again."""
        self._health = health
        if self._session is not None:
            self._guarded(self._say_health, self._session)

    def tell_result(self, result: Result) -> None:
        """What became of an order that took long."""
        self._results.append(result)

    def alerts_changed(self) -> None:
        """The store has openings or closings to tell."""
        self._alerts_changed = True

    def step(self) -> None:
        """One turn: connect when it is time, carry what there is, or sleep a little."""
        self._commands.settle(_now(), time.monotonic())
        if self._session is not None:
            self._guarded(self._carry, self._session)
        elif time.monotonic() >= self._next_try:
            try:
                self._connect()
            except (SyncError, StoreError) as error:
                self._lose(error)
        else:
            time.sleep(TURN_S)

    def close(self) -> None:
        """Say `disconnected` and go."""
        self._commands.settle(_now(), float("inf"))
        if self._session is not None:
            last = self._document(BoxState.DISCONNECTED, self._session.number)
            self._session.connection.close(Will(self._topic("state"), _encode(last)))
            self._session = None

    def _guarded(self, do: Callable[[_Session], None], session: _Session) -> None:
        try:
            do(session)
        except (SyncError, StoreError) as error:
            self._lose(error)

    def _connect(self) -> None:
        number = self._store.next_connection(above=self._above)
        will = Will(self._topic("state"), _encode(self._document(BoxState.LOST, number)))
        connection = Connection(self._address, will)
        try:
            connection.open()
        except BaseException:
            connection.drop()
            raise
        self._session = _Session(connection, number)
        self._backoff = Backoff()
        if not connection.remembered:
            self._store.tell_alerts_again()
        self._alerts_changed = True
        self._say_state(self._session)
        if self._health is not None:
            self._health = self._health.model_copy(update={"connection": number, "at": _now()})
            self._say_health(self._session)
        log.info("operator-connected", extra=log_fields(connection=number))

    def _carry(self, session: _Session) -> None:
        session.connection.turn(TURN_S)
        self._take_acknowledged(session)
        while (message := session.connection.take_message()) is not None:
            self._hear(session, message)
            session.connection.acknowledge(message)
        if self._box_state() is not session.said:
            self._say_state(session)
        if session.telling is None and self._alerts_changed:
            self._tell_alert(session)
        while (done := self._orders.take_done()) is not None:
            self._results.append(done)
        while self._results:
            number = self._publish(session, "result", self._results[0])
            session.results[number] = self._results.popleft()

    def _take_acknowledged(self, session: _Session) -> None:
        acknowledged = session.connection.take_acknowledged()
        for number in acknowledged:
            session.waiting.pop(number, None)
            session.results.pop(number, None)
        telling = session.telling
        if telling is not None:
            telling.numbers -= acknowledged
            if not telling.numbers:
                self._store.alert_told(telling.row.number, closing=telling.closing)
                session.telling = None
        oldest = next(iter(session.waiting.values()), None)
        if oldest is not None and time.monotonic() - oldest > ACKNOWLEDGE_S:
            raise SyncError("the broker does not acknowledge")

    def _hear(self, session: _Session, message: Message) -> None:
        if message.topic == self._topic("state"):
            self._hear_state(session, message.payload)
            return
        heard = self._commands.hear(message, _now(), time.monotonic())
        if isinstance(heard, Order):
            heard = self._orders.execute(heard.command)
        if heard is not None:
            self._results.append(heard)

    def _hear_state(self, session: _Session, payload: bytes) -> None:
        """An old will, an emptied or a forged state: ours is said again."""
        theirs, state = _claimed(payload)
        if theirs == session.number and state not in (BoxState.LOST, BoxState.DISCONNECTED):
            return
        if session.number < theirs < HIGHEST_CONNECTION:
            self._above = theirs
            raise SyncError("the broker knows a later connection of this box; a restored backup?")
        self._say_state(session)

    def _say_state(self, session: _Session) -> None:
        session.said = self._box_state()
        self._publish(session, "state", self._document(session.said, session.number), retain=True)

    def _say_health(self, session: _Session) -> None:
        if self._health is not None:
            self._publish(session, "health", self._health, retain=True)

    def _tell_alert(self, session: _Session) -> None:
        untold = self._store.untold_alerts()
        if not untold:
            self._alerts_changed = False
            return
        row = untold[0]
        closing = row.opening_told
        alert = Alert.model_validate(
            {
                "kind": row.kind,
                "severity": row.severity,
                "state": "closed" if closing else "open",
                "opened": row.opened,
                "closed": row.closed if closing else None,
                "connection": session.number,
                "value": row.value,
            }
        )
        name = f"alert/{row.kind}"
        numbers = {self._publish(session, name, alert, retain=True)}
        if closing:
            numbers.add(self._publish(session, name, None, retain=True))
        session.telling = _Telling(row, closing, numbers)

    def _publish(
        self, session: _Session, name: str, document: Document | None, *, retain: bool = False
    ) -> int:
        payload = b"" if document is None else _encode(document)
        number = session.connection.publish(self._topic(name), payload, retain=retain)
        session.waiting[number] = time.monotonic()
        return number

    def _lose(self, error: Exception) -> None:
        if self._session is not None:
            self._session.connection.drop()
            self._results.extendleft(reversed(self._session.results.values()))
            self._session = None
        self._backoff = self._backoff.failed()
        wait = self._backoff.wait_s(random.random())
        self._next_try = time.monotonic() + wait
        fields = log_fields(failures=self._backoff.failures, next_try_s=round(wait, 1))
        log.warning("operator-away: %s", error, extra=fields)

    def _box_state(self) -> BoxState:
        return BoxState(self._state())

    def _document(self, state: BoxState, number: int) -> State:
        return State(state=state, connection=number, at=_now())

    def _topic(self, name: str) -> str:
        return topic(self._identity.site, self._identity.box, name)


def _claimed(payload: bytes) -> tuple[int, str]:
    """Connection and state that a retained state names; 0 and "" when it is rubbish."""
    try:
        document = strict_json.read(payload)
    except MessageRefused:
        return 0, ""
    number, state = document.get("connection"), document.get("state")
    return (number if type(number) is int else 0), (state if isinstance(state, str) else "")


def _encode(document: Document) -> bytes:
    return document.model_dump_json(exclude_none=True).encode()


def _now() -> datetime:
    return datetime.now(UTC)
