"""docs/asyncapi.yaml describes what really goes over the wire, both ways."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from gateway.appointments.records import NoteDraft, Outcome
from gateway.contract.fleet import topic as fleet_topic
from gateway.store.decisions import Decision
from gateway.store.messages import Voicemail
from gateway.store.store import Store
from gateway.sync.consumer import Consumer
from gateway.sync.drain import Drain, encode
from gateway.sync.home_assistant import STATUS, discovery_topic
from gateway.sync.state import Session, State
from gateway.sync.topics import Topics
from tests.store.office import NOW, PHONE, draft, later, slot
from tests.sync.test_consumer import event, opened, write
from tests.sync.test_inbound import REFUSED, TOPICS, Box, entry, envelope, staff

API = yaml.safe_load((Path(__file__).parents[2] / "docs" / "asyncapi.yaml").read_text())


def check(channel: str, document: Any) -> None:
    """The document fits exactly one message of the channel."""
    fitting = []
    for name in API["channels"][channel]["messages"]:
        schema = API["components"]["messages"][name]["payload"] | {"components": API["components"]}
        if jsonschema.Draft202012Validator(schema).is_valid(document):
            fitting.append(name)
    assert len(fitting) == 1, (channel, fitting, document)


def channel_of(topic: str) -> str:
    """The channel whose address a topic matches."""
    found = [
        name
        for name, channel in API["channels"].items()
        if re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(channel["address"])), topic)
    ]
    assert len(found) == 1, topic
    return found[0]


class Wire:
    """Takes what the drain sends and acknowledges it at once."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes]] = []

    def publish(self, topic: str, payload: bytes, **_: object) -> int:
        self.sent.append((topic, payload))
        return len(self.sent)

    def take_acknowledged(self) -> set[int]:
        return set(range(1, len(self.sent) + 1))


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    made = Box(tmp_path / "n.db")
    yield made
    made.store.close()


def live_through_everything(box: Box) -> None:
    """One of every kind of event."""
    store = box.store
    uid = store.book(draft(), "call-1", now=NOW).appointment.uid
    store.move(uid, 0, slot(11), "call-1", now=NOW)
    store.confirm(uid, "call-1", now=NOW)
    store.cancel(uid, 1, "call-1", now=later(hours=30))
    store.undo_cancel(uid, by="anna", now=NOW)
    for n, decision in enumerate(Decision):
        asked = store.book(draft(slot(13 + n), tentative=True), f"call-r{n}", now=NOW)
        to = slot(16, 30) if decision is Decision.MOVED else None
        store.decide(asked.appointment.uid, decision, by="anna", now=NOW, slot=to)
    store.note(NoteDraft("Braces?", "caller-asked", phone=PHONE), "call-2", now=NOW)
    store.alert(NoteDraft("Gas.", "urgent"), "call-3", now=NOW)
    voicemail = Voicemail("v", PHONE, NOW, 3.5, "gateway-dead", "v.wav", "call-4", "hello")
    store.import_voicemail(voicemail, now=NOW)
    silent = Voicemail("w", PHONE, NOW, 3.5, "gateway-dead", "w.wav", "call-4")
    store.import_voicemail(silent, now=NOW)
    unheard = store.next_unheard()
    assert unheard is not None and not store.put_transcript(
        unheard.message_id, "hello", None, now=NOW
    )
    store.close_follow_up(store.open_follow_ups()[0].id, "anna", now=NOW)
    for n, outcome in enumerate(Outcome):
        store.call_started(f"call-o{n}", PHONE if n else None, now=NOW)
        store.call_ended(f"call-o{n}", outcome, now=NOW, rung_reasons=["slow"], lowest_rung=4)
    doubted = store.book(draft(slot(8, 30)), "call-5", now=NOW).appointment.uid
    assert box.take("busy/weber", envelope(1, snapshot=[entry("a", "13:30", "14:00")])) is None
    assert store.appointment(doubted).status.value == "tentative"
    store.book(draft(slot(9)), "call-6", now=NOW)
    assert box.take("appointment", staff(hour=9)) is None
    changed = staff(hour=9, sequence=1, updated="2026-11-22T19:59:00Z", note="bring the card")
    assert box.take("appointment", changed) is None


def test_every_event_fits_its_description_and_every_type_occurs(box: Box) -> None:
    live_through_everything(box)
    wire, drain = Wire(), Drain(box.store, TOPICS)
    while drain.turn(wire, NOW):
        pass
    for follow_up in box.store.open_follow_ups():
        box.store.close_follow_up(follow_up.id, "anna", now=NOW)
    box.store.run_retention(now=later(days=3000))
    while drain.turn(wire, NOW):
        pass
    types = set()
    for topic, payload in wire.sent:
        channel = channel_of(topic)
        if payload:
            document = json.loads(payload)
            check(channel, document)
            if channel == "event":
                assert topic == TOPICS.event(document["type"])
                types.add(document["type"])
        else:
            assert channel == "booking"
    schemas = API["components"]["schemas"]
    described = {"call.ended"}
    for name in ("appointmentEvent", "messageEvent", "followUpEvent"):
        described |= set(schemas[name]["allOf"][1]["properties"]["type"]["enum"])
    assert types == described


def test_state_and_info_fit(box: Box) -> None:
    from gateway.sync.carrier import Carrier, _Link

    for state in State:
        check("state", Session("run", 3).document(state, datetime.now(UTC)))
    carrier = Carrier(box.store, TOPICS, None, box.inbound, lambda: State.READY)  # type: ignore[arg-type]
    check("info", json.loads(encode(carrier._info())))
    carrier._announce(_Link(wire := Wire(), None, None))  # type: ignore[arg-type]
    [(topic, payload)] = wire.sent
    assert channel_of(topic) == "sequence"
    check("sequence", json.loads(payload))
    assert channel_of(TOPICS.state) == "state" and channel_of(TOPICS.info) == "info"


GOOD: list[tuple[str, Any]] = [
    ("busy/weber", envelope(1, snapshot=[entry("a", "15:00", "16:00")])),
    ("busy/weber", envelope(2, changes=[{"uid": "a", "times": []}])),
    ("appointment", staff()),
    ("appointment", staff(sequence=3, status="cancelled", basedOn=2,
                          updated="2026-11-22T19:59:00Z")),
    ("exceptions", envelope(1, exceptions=[{"day": "2026-11-24", "kind": "closed"}])),
    ("exceptions", envelope(2, exceptions=[
        {"day": "2026-11-28", "kind": "hours", "hours": ["09:00-12:00"], "practitioner": "weber"},
        {"day": "2026-11-27", "kind": "do-not-book", "practitioner": None, "name": "Training"},
    ])),
    ("replay", {"version": 1, "id": "r", "stream": "s", "fromSequence": 4}),
]  # fmt: skip


def test_what_the_description_allows_is_taken(box: Box) -> None:
    asked = box.store.book(draft(tentative=True), "call-1", now=NOW).appointment.uid
    decision = {"version": 1, "id": "d", "uid": asked, "decision": "moved",
                "start": "2026-11-24T16:00:00", "duration": "PT45M"}  # fmt: skip
    for what, document in [*GOOD, ("decision", decision)]:
        check(channel_of(TOPICS.into(what)), document)
        assert box.take(what, document) is None, what


WRONG_IN_VALUE = ("Mars", "-02-30", "9999", "T25:00", "0001-", "PT99H", "PT0M", '"version": 1.0')
"""Right in shape: no schema can say that these are wrong (and 1.0 is 1 to a schema)."""


def test_what_is_refused_for_its_shape_is_outside_the_description() -> None:
    outside = 0
    for what, document, code in REFUSED:
        if code not in ("schema", "version") or isinstance(document, bytes):
            continue
        if any(part in json.dumps(document) for part in WRONG_IN_VALUE) or is_backwards(document):
            continue
        with pytest.raises(AssertionError):
            check(channel_of(TOPICS.into(what)), document)
        outside += 1
    assert outside >= 15


def is_backwards(document: Any) -> bool:
    return any(e["start"] >= e["end"] for e in document.get("snapshot") or [])


def test_every_refusal_has_a_described_code(box: Box) -> None:
    from gateway.sync.connection import Message

    for what, document, _ in REFUSED:
        payload = document if isinstance(document, bytes) else json.dumps(document).encode()
        refusal = box.inbound.take(Message(TOPICS.into(what), payload, 1), NOW)
        assert refusal is not None
        check("refused", json.loads(refusal))


def test_the_consumer_s_request_fits() -> None:
    took = Consumer(opened(), write).take(event(5))
    assert took.replay is not None
    check("inReplay", json.loads(took.replay))


def test_every_topic_of_the_code_is_described_and_every_described_one_is_in_the_code() -> None:
    topics = Topics("hillside", "front-desk")
    named = {
        topics.state,
        topics.info,
        topics.refused,
        topics.sequence,
        topics.calendar,
        topics.booking("u"),
        topics.event("e.x"),
    }
    named |= {topics.into(x) for x in ("busy/weber", "appointment", "decision", "exceptions")}
    named |= {topics.into("replay"), topics.health, discovery_topic(topics), STATUS}
    fleet = ("state", "health", "alert/disk", "command", "result")
    named |= {fleet_topic("hillside", "front-desk", name) for name in fleet}
    assert {channel_of(topic) for topic in named} == set(API["channels"])
    assert Store  # the names above are those that Inbound and Drain use


def test_the_document_is_whole() -> None:
    """Every reference leads somewhere, every operation has its channel, every schema is one."""
    assert API["asyncapi"] == "3.0.0"
    text = json.dumps(API)
    for reference in set(re.findall(r'"\$ref": "#/([^"]+)"', text)):
        node: Any = API
        for part in reference.split("/"):
            node = node[part]
    used = {o["channel"]["$ref"].rsplit("/", 1)[1] for o in API["operations"].values()}
    assert used == set(API["channels"])
    for schema in API["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
