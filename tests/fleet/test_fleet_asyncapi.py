"""docs/asyncapi.yaml describes what really goes over the operator's wire, both ways."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from gateway.contract.fleet import (
    Alert,
    AlertKind,
    BoxState,
    CommandName,
    Health,
    Refusal,
    Result,
    Severity,
    State,
    topic,
)
from gateway.contract.fleet_signature import read
from gateway.contract.service import Paths
from gateway.contract.settings_file import load_settings
from gateway.store.store import Store
from gateway.sync.drain import encode
from gateway.sync.home_assistant import discovery, discovery_topic
from gateway.sync.operator.alarms import Alarms
from gateway.sync.operator.health import HealthSource, Place
from gateway.sync.operator.link import _encode
from gateway.sync.topics import Topics
from tests.sync import fleet_schemas
from tests.sync.conftest import SAMPLE
from tests.sync.operator_side import BOX, SITE, Key
from tests.sync.test_asyncapi import API, channel_of, check

NOW = datetime.now(UTC)


def on(name: str, document: Any) -> None:
    """The payload fits the description of its topic, as it goes over the wire."""
    check(channel_of(topic(SITE, BOX, name)), json.loads(_encode(document)))


def real_health(tmp_path: Path) -> Health:
    paths = Paths.from_environment({"NIGHTPORTER_HOME": str(tmp_path)})
    paths.make_folders()
    store = Store.open(paths.database, load_settings(SAMPLE))
    source = HealthSource(Place(paths, load_settings(SAMPLE), store, lambda: None))
    found = source.look(7, source.said(), Alarms(), NOW, 0.0).health
    store.close()
    return found


def test_the_schemas_are_those_of_the_code() -> None:
    text = fleet_schemas.API.read_text()
    assert fleet_schemas.text() in text, "run: python -m tests.sync.fleet_schemas"


def test_what_a_box_publishes_fits(tmp_path: Path) -> None:
    health = real_health(tmp_path)
    on("health", health)
    check("health", json.loads(health.model_dump_json(exclude_none=True)))
    for state in BoxState:
        on("state", State(state=state, connection=3, at=NOW))
    for kind in AlertKind:
        for severity in Severity:
            alert = Alert(kind=kind, severity=severity, state="open", opened=NOW, connection=3)
            on(f"alert/{kind}", alert)
            on(f"alert/{kind}", alert.model_copy(update={"state": "closed", "closed": NOW}))
    for refusal in Refusal:
        on("result", Result(at=NOW, result="refused", refusal=refusal))
    for command in CommandName:
        done = Result(id=uuid.uuid4().hex, command=command, at=NOW, result="done", health=health)
        on("result", done)
    topics = Topics(SITE, BOX)
    check(channel_of(discovery_topic(topics)), json.loads(encode(discovery(topics, "0.1.0"))))


def test_what_an_operator_sends_fits_inside_and_out() -> None:
    key = Key()
    for command in CommandName:
        payload = key.signed(command, program="line", night_mode="on", bundle="AAAA")
        check("fleetCommand", json.loads(payload))
        inner = json.loads(read(payload, [key.public]).command.model_dump_json(exclude_none=True))
        schema = {"$ref": "#/components/schemas/fleetCommand", "components": API["components"]}
        import jsonschema

        jsonschema.Draft202012Validator(schema).validate(inner)


WRONG: list[tuple[str, type, dict[str, Any]]] = [
    ("state", State, {"version": 1, "state": "asleep", "connection": 1, "at": NOW.isoformat()}),
    ("state", State, {"version": 2, "state": "ready", "connection": 1, "at": NOW.isoformat()}),
    ("state", State, {"version": 1, "state": "ready", "connection": -1, "at": NOW.isoformat()}),
    ("result", Result, {"version": 1, "id": "Anna", "at": NOW.isoformat(), "result": "done"}),
    ("result", Result, {"version": 1, "at": NOW.isoformat(), "result": "perhaps"}),
    ("command", Result, {"version": 1, "command": "AAAA", "signature": "AAAA"}),
]


@pytest.mark.parametrize(("name", "model", "document"), WRONG, ids=range(len(WRONG)))
def test_what_is_outside_the_description_is_refused_by_the_code(
    name: str, model: Any, document: dict[str, Any]
) -> None:
    with pytest.raises(AssertionError):
        check(channel_of(topic(SITE, BOX, name)), document)
    with pytest.raises(ValidationError):
        model.model_validate(document)


def test_unknown_fields_are_ignored() -> None:
    document = {"version": 1, "state": "ready", "connection": 1, "at": NOW.isoformat(), "new": [1]}
    check("fleetState", document)
    assert State.model_validate(document).state is BoxState.READY
