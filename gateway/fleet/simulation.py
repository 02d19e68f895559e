"""Many simulated boxes in one process: one selector over as many real MQTT connections."""

from __future__ import annotations

import heapq
import itertools
import random
import resource
import selectors
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from gateway.contract.certificates import tls_context
from gateway.contract.fleet import AlertKind, BoxState, CommandName
from gateway.errors import StartRefused
from gateway.fleet.settings import ConsoleBroker, password
from gateway.fleet.simulated_box import CALLS_A_DAY, SimulatedBox

QOS = 1
"""At least once, as real boxes."""
CONNECTS_A_TURN = 20
"""Connections begun before the others are served again, so that nobody's sign of life is late."""
ACTIONS_A_TURN = 500
"""Likewise of everything else that is due."""
RECONNECT_S = 2.0
"""Until a box whose connection broke tries again."""
SPARE_FILES = 200
"""Files that the process needs besides a connection for each box."""
APPLY_S = 1.0
"""Settings are applied in this time."""
LIFE_EVERY_S = 60.0
"""Each box thinks about failing this often."""
FAULTS = (AlertKind.LINE_DOWN, AlertKind.RUNG_LOW, AlertKind.DISK, AlertKind.UNOWNED_CALLS)
"""What a box fails with."""
CALL_A_MINUTE = CALLS_A_DAY / (24 * 60)
"""Chance of a call each minute."""


@dataclass(frozen=True)
class Plan:
    """What to simulate."""

    broker: ConsoleBroker
    """where to"""
    boxes: int
    """how many"""
    first: int = 0
    """number of the first"""
    boxes_a_site: int = 10
    """so many share a site"""
    seed: int = 1
    """of all that is left to chance"""
    health_every_s: float = 60.0
    """between two words of a box"""
    trouble: float = 0.02
    """chance, each minute and box, that something happens to it; 0: nothing ever does"""
    trusted: tuple[str, ...] = ()
    """public keys (base64) whose commands the boxes obey"""


@dataclass
class _Link:
    """A box and its connection."""

    box: SimulatedBox
    client: Client | None = None
    registered: int = -1
    """file number in the selector"""
    writing: bool = False
    wants: bool = True
    """whether it should be connected at all"""
    ready: bool = False
    """the broker has greeted it"""
    fault: AlertKind | None = None
    """what it fails with"""


class Simulation:
    """Boxes that start, fail, sleep and lose their network; turn() serves them all."""

    def __init__(self, plan: Plan) -> None:
        allow_files(plan.boxes + SPARE_FILES)
        self.plan = plan
        self.links = [
            _Link(SimulatedBox(*names(plan, plan.first + index), plan.trusted, plan.seed))
            for index in range(plan.boxes)
        ]
        self.sent = 0
        """messages handed to the broker"""
        self.acknowledged = 0
        """of these, taken by it"""
        self.refusal = ""
        """why the broker last refused a box or what it said"""
        self._random = random.Random(plan.seed)
        self._selector = selectors.DefaultSelector()
        self._order = itertools.count()
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._password = password(plan.broker)
        self._context = tls_context(plan.broker) if plan.broker.tls else None
        self._joining = deque(self.links)

    @property
    def connected(self) -> int:
        """Boxes that the broker has greeted."""
        return sum(link.ready for link in self.links)

    def find(self, site: str, box: str) -> int:
        """Index of a box."""
        return next(
            i for i, link in enumerate(self.links) if (link.box.site, link.box.box) == (site, box)
        )

    def turn(self, timeout_s: float = 0.05) -> None:
        """Do what is due, then wait for the network at most timeout_s."""
        now, done = time.monotonic(), 0
        while self._due and self._due[0][0] <= now and done < ACTIONS_A_TURN:
            heapq.heappop(self._due)[2]()
            done += 1
        for _ in range(min(CONNECTS_A_TURN, len(self._joining))):
            link = self._joining.popleft()
            if link.client is None:
                self._connect(link)
        if self._joining:
            timeout_s = 0.0
        elif self._due:
            timeout_s = max(0.0, min(timeout_s, self._due[0][0] - time.monotonic()))
        for key, events in self._selector.select(timeout_s):
            self._serve(key.data, events)

    def close(self) -> None:
        """Cut every connection; the broker will say that all are lost."""
        for link in self.links:
            link.wants = False
            self._drop(link)
        self._selector.close()

    # --- what can happen to a box -----------------------------------------------------

    def cut(self, index: int) -> None:
        """Its network fails, and the broker notices at once; the box stays away."""
        link = self.links[index]
        link.wants = False
        self._drop(link)

    def mute(self, index: int) -> None:
        """Its network fails without a sign: only the keep-alive tells the broker."""
        link = self.links[index]
        link.wants = False
        self._unregister(link)
        link.ready = False

    def sleep(self, index: int) -> None:
        """It is switched off on purpose, and says so."""
        link = self.links[index]
        link.wants = False
        if link.client is not None and link.ready:
            self._publish(link, "state", link.box.said(BoxState.DISCONNECTED, _now()))
            link.client.disconnect()
            link.client.loop_write()
        self._drop(link)

    def wake(self, index: int) -> None:
        """It is there again, with a new connection."""
        link = self.links[index]
        link.wants = True
        self._connect(link)

    def fail(self, index: int, kind: AlertKind) -> None:
        """It opens an alert."""
        link = self.links[index]
        if link.ready:
            link.fault = kind
            alert = link.box.fails(kind, _now())
            self._publish(link, f"alert/{kind.value}", alert.model_dump_json().encode())
            self._publish(link, "state", link.box.said(BoxState.ALERT, _now()))
            self.speak(index)

    def mend(self, index: int) -> None:
        """It closes its alert."""
        link = self.links[index]
        if not link.ready or link.fault is None:
            return
        closed = link.box.mends(link.fault, _now())
        if closed is not None:
            name = f"alert/{link.fault.value}"
            self._publish(link, name, closed.model_dump_json().encode())
            self._publish(link, name, b"")
        link.fault = None
        self._publish(link, "state", link.box.said(BoxState.READY, _now()))
        self.speak(index)

    def speak(self, index: int) -> None:
        """It says how it is."""
        link = self.links[index]
        if link.ready:
            self._publish(link, "health", link.box.health(_now()).model_dump_json().encode())

    # --- connections ------------------------------------------------------------------

    def _connect(self, link: _Link) -> None:
        if not link.wants:
            return
        self._drop(link)
        link.box.connected()
        client = link.client = Client(
            CallbackAPIVersion.VERSION2, client_id=f"sim-{link.box.site}-{link.box.box}",
            protocol=MQTTProtocolVersion.MQTTv5,
        )  # fmt: skip
        broker = self.plan.broker
        will = link.box.said(BoxState.LOST, _now())
        client.will_set(link.box.topic("state"), will, QOS, retain=True)
        if broker.username is not None:
            client.username_pw_set(broker.username, self._password)
        if self._context is not None:
            client.tls_set_context(self._context)
        client.on_connect = lambda *said: self._greeted(link, said[3])
        client.on_message = lambda _client, _data, message: self._commanded(link, message)
        client.on_publish = lambda *said: self._took(said[3])
        connection = link.box.connection
        client.on_socket_close = lambda *_: self._closed(link, connection)
        try:
            client.connect(
                broker.host, broker.port, broker.announced_keep_alive_s, clean_start=True
            )
        except OSError:
            self._lost(link)
            return
        self._register(link)

    def _greeted(self, link: _Link, code: ReasonCode) -> None:
        assert link.client is not None
        if code.is_failure:
            self.refusal = str(code)
            return
        link.ready = True
        link.client.subscribe(link.box.topic("command"), QOS)
        now = _now()
        self._publish(link, "state", link.box.said(BoxState.READY, now))
        self._publish(link, "health", link.box.health(now).model_dump_json().encode())
        connection = link.box.connection
        self._every(link, connection, self.plan.health_every_s, lambda: self._speak(link))
        keep_alive = self.plan.broker.announced_keep_alive_s / 4
        self._every(link, connection, keep_alive, lambda: self._misc(link))
        if self.plan.trouble:
            self._every(link, connection, LIFE_EVERY_S, lambda: self._live(link))

    def _every(
        self, link: _Link, connection: int, seconds: float, action: Callable[[], None]
    ) -> None:
        """Repeat for the life of a connection; the first time anywhere within the period."""

        def again() -> None:
            if link.ready and link.box.connection == connection:
                self._at(seconds, again)
                action()

        self._at(self._random.uniform(0, seconds), again)

    def _speak(self, link: _Link) -> None:
        self._publish(link, "health", link.box.health(_now()).model_dump_json().encode())

    def _misc(self, link: _Link) -> None:
        if link.client is not None and link.client.loop_misc() != MQTTErrorCode.MQTT_ERR_SUCCESS:
            self._lost(link)

    def _live(self, link: _Link) -> None:
        """Something may happen to the box; all of it passes."""
        if self._random.random() < CALL_A_MINUTE:
            link.box.rings(_now())
        if self._random.random() >= self.plan.trouble:
            return
        index = self.links.index(link)
        what = self._random.choice(("fail", "fail", "sleep", "cut", "mute"))
        passes = self._random.uniform(60, 600)
        if what == "fail":
            self.fail(index, self._random.choice(FAULTS))
            self._at(passes, lambda: self.mend(index))
            return
        getattr(self, what)(index)
        self._at(passes, lambda: self.wake(index))

    def _commanded(self, link: _Link, message: MQTTMessage) -> None:
        result = link.box.answer(bytes(message.payload), _now())
        self._publish(link, "result", result.model_dump_json().encode(), retain=False)
        if result.result == "started" and result.command is CommandName.SETTINGS:
            done = result.model_copy(update={"result": "done"}).model_dump_json().encode()
            self._at(APPLY_S, lambda: self._publish(link, "result", done, retain=False))

    def _publish(self, link: _Link, name: str, payload: bytes, retain: bool = True) -> None:
        if link.client is not None:
            link.client.publish(link.box.topic(name), payload, QOS, retain)
            self.sent += 1
            self._watch_writing(link)

    def _took(self, code: ReasonCode) -> None:
        self.acknowledged += 1
        if code.is_failure:
            self.refusal = str(code)

    def _serve(self, link: _Link, events: int) -> None:
        client = link.client
        if client is None:
            return
        code = MQTTErrorCode.MQTT_ERR_SUCCESS
        if events & selectors.EVENT_READ:
            code = client.loop_read()
        if not code and client.want_write():
            code = client.loop_write()
        if code or client.socket() is None:
            self._lost(link)
        else:
            self._watch_writing(link)

    def _closed(self, link: _Link, connection: int) -> None:
        """The library closes a socket: it must leave the selector first."""
        if link.box.connection != connection:
            return
        self._unregister(link)
        self._at(0.0, lambda: self._look_after(link, connection))

    def _look_after(self, link: _Link, connection: int) -> None:
        client = link.client
        if link.box.connection == connection and client is not None and client.socket() is None:
            self._lost(link)

    def _lost(self, link: _Link) -> None:
        self._drop(link)
        if link.wants:
            pause = RECONNECT_S * self._random.uniform(0.5, 1.5)
            self._at(pause, lambda: self._joining.append(link))

    def _register(self, link: _Link) -> None:
        assert link.client is not None
        sock: Any = link.client.socket()
        link.registered = sock.fileno()
        link.writing = False
        self._selector.register(sock, selectors.EVENT_READ, link)
        self._watch_writing(link)

    def _watch_writing(self, link: _Link) -> None:
        if link.client is None or link.registered < 0:
            return
        writing = link.client.want_write()
        if writing != link.writing:
            link.writing = writing
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if writing else 0)
            self._selector.modify(link.registered, events, link)

    def _unregister(self, link: _Link) -> None:
        if link.registered >= 0:
            self._selector.unregister(link.registered)
            link.registered = -1

    def _drop(self, link: _Link) -> None:
        self._unregister(link)
        link.ready = False
        if link.client is not None:
            sock = link.client.socket()
            if sock is not None:
                sock.close()
            link.client = None

    def _at(self, seconds: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._due, (time.monotonic() + seconds, next(self._order), action))


def names(plan: Plan, number: int) -> tuple[str, str]:
    """Site and box of a number, e.g. ("sim-0012", "box-3")."""
    return f"sim-{number // plan.boxes_a_site:04d}", f"box-{number % plan.boxes_a_site + 1}"


def allow_files(wanted: int) -> None:
    """Raise the soft limit of open files; StartRefused when the hard one is too low."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        if hard != resource.RLIM_INFINITY and hard < wanted:
            raise StartRefused(
                f"{wanted} open files are needed and {hard} are allowed; run: ulimit -Hn {wanted} "
                "(as root), or simulate fewer boxes in each of more --processes"
            )
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _now() -> datetime:
    return datetime.now(UTC)
