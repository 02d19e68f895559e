"""What comes from strangers is read whole or refused whole, with a reason."""

from __future__ import annotations

import json

import pytest

from gateway.contract.fleet import Health, Result, State
from gateway.errors import MessageRefused
from gateway.fleet.message import code_of, read
from tests.fleet_console import said

GOOD = said.health().model_dump_json().encode()


def changed(**fields: object) -> bytes:
    return json.dumps(json.loads(GOOD) | fields).encode()


def test_what_a_box_says_is_read_with_its_type() -> None:
    read_health = read(said.where("health"), GOOD)
    assert read_health is not None
    assert isinstance(read_health.what, Health)
    assert (read_health.site, read_health.box) == ("hillside", "box-1")
    read_state = read(said.where("state"), said.state("ready").model_dump_json().encode())
    assert read_state is not None
    assert isinstance(read_state.what, State)


def test_unknown_fields_are_ignored_so_that_newer_boxes_are_understood() -> None:
    read_health = read(said.where("health"), changed(barometer=1013, programs={}))
    assert read_health is not None
    assert isinstance(read_health.what, Health)


def test_commands_and_cleared_topics_are_not_for_the_console() -> None:
    assert read(said.where("command"), b"anything \xff") is None
    assert read(said.where("health"), b"") is None
    assert read(said.where("alert/disk"), b"") is None
    gone = read(said.where("state"), b"")
    assert gone is not None
    assert gone.what is None


def test_a_result_without_id_is_readable() -> None:
    body = {"version": 1, "id": None, "command": None, "at": "2026-11-22T18:00:00Z",
            "result": "refused", "refusal": "bad-signature"}  # fmt: skip
    answer = read(said.where("result"), json.dumps(body).encode())
    assert answer is not None
    assert isinstance(answer.what, Result)


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b'{"version":1,"x":"' + b"a" * 10_000_000 + b'"}', "too-large"),
        (b'{"version":1,"x":' + b"[" * 10_000 + b"]" * 10_000 + b"}", "too-deep"),
        (b'{"version":1,"version":1}', "duplicate-key"),
        (GOOD.replace(b'"up_s":60.0', b'"up_s":NaN'), "not-finite"),
        (GOOD.replace(b'"up_s":60.0', b'"up_s":1e999'), "not-finite"),
        (b"\xff\xfe", "not-utf-8"),
        (b"[1]", "schema"),
        (b"{", "not-json"),
        (changed(version=2), "unknown-version"),
        (changed(version=True), "unknown-version"),
        (changed(version="1"), "unknown-version"),
        (changed(rung=6), "schema"),
        (changed(rung="5"), "schema"),
        (changed(release="0.1.0 Mrs Miller"), "schema"),
        (changed(calls_day={"mr-miller": 1}), "schema"),
        (changed(disk_free_mb=-1), "schema"),
        (changed(at="2026-11-22T18:00:00"), "schema"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_wrong_is_refused_with_its_code(payload: bytes, code: str) -> None:
    with pytest.raises(MessageRefused) as refused:
        read(said.where("health"), payload)
    assert code_of(refused.value) == code
    assert len(str(refused.value)) < 500
    assert "Miller" not in str(refused.value)


@pytest.mark.parametrize(
    "topic",
    [
        "nightporter-fleet/v2/hillside/box-1/state",
        "nightporter-fleet/v1/hillside/box-1",
        "nightporter-fleet/v1/Hillside/box-1/state",
        "nightporter-fleet/v1/hillside//state",
        "nightporter-fleet/v1/hillside/box-1/state/more",
        "nightporter-fleet/v1/hillside/box-1/alert/fire",
        "nightporter-fleet/v1/hillside/box-1/secrets",
        "nightporter/v1/hillside/box-1/state",
        "nightporter-fleet/v1/" + "a" * 60_000 + "/box-1/state",
    ],
    ids=range(9),
)
def test_topics_of_another_shape_are_refused(topic: str) -> None:
    with pytest.raises(MessageRefused, match="bad-topic"):
        read(topic, GOOD)


def test_an_alert_on_the_topic_of_another_kind_is_refused() -> None:
    payload = said.alert("disk").model_dump_json().encode()
    assert read(said.where("alert/disk"), payload) is not None
    with pytest.raises(MessageRefused, match="schema"):
        read(said.where("alert/clock"), payload)
