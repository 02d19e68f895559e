"""No name, number or word of a caller can reach the operator: by type, and by trying."""

from __future__ import annotations

import json
import types
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
from pydantic import AwareDatetime, BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from gateway.appointments.records import NoteDraft, Outcome
from gateway.contract import fleet
from gateway.contract.fleet import Alert, Health, Result, State
from gateway.contract.service import Service
from gateway.store.messages import Voicemail
from gateway.sync.operator.vitals import Catalog
from tests.store.office import NOW, draft, slot
from tests.sync.broker import Mosquitto
from tests.sync.operator_side import Operator, fleet_table, until, watched_box

OUT = (State, Health, Alert, Result)
"""Everything that a box publishes on the fleet's topics."""
KEYS = {"release": fleet.Release, "key": fleet.ModelKey, "sha256": str, "id": fleet.CommandId}
"""The only texts that are no fixed word: version, name and hash of a model, the operator's id."""

CALLERS = (
    "Anna Brown", "anna brown", "O'Neill", "Jürgen Weiß", "李小龙", "+12125550123", "555-0123",
    "I have chest pain", "toothache since Monday", "Straße 5", "a@b.example", "1974-03-02", "Anna",
)  # fmt: skip
"""What a caller might be called, dial or say."""


PLAIN = (int, float, bool, type(None), datetime, AwareDatetime)


def _is(kind: Any, of: type) -> bool:
    return isinstance(kind, type) and issubclass(kind, of)


def texts(kind: Any, where: str, extra: tuple[Any, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every place below a type where text, or anything at all, could stand."""
    origin = get_origin(kind)
    if origin is Annotated:
        inner, *more = get_args(kind)
        yield from texts(inner, where, (*extra, *more))
    elif origin in (Union, types.UnionType, list, tuple):
        for part in get_args(kind):
            yield from texts(part, where, extra)
    elif origin is dict:
        for part in get_args(kind):
            yield from texts(part, f"{where}[]", extra)
    elif origin is Literal or kind in PLAIN or _is(kind, StrEnum):
        return
    elif _is(kind, BaseModel):
        for name, field in kind.model_fields.items():
            annotated: Any = field.annotation
            yield from texts(annotated, f"{where}.{name}", tuple(field.metadata))
    else:
        yield where, (kind, extra)


def patterns(extra: tuple[Any, ...]) -> list[str]:
    found = []
    for entry in extra:
        parts = entry.metadata if isinstance(entry, FieldInfo) else [entry]
        found += [part.pattern for part in parts if getattr(part, "pattern", None)]
    return found


def test_no_free_text_and_nothing_untyped_is_in_any_field() -> None:
    found = [place for model in OUT for place in texts(model, model.__name__)]
    assert {where.rpartition(".")[2] for where, _ in found} == set(KEYS), "only these are text"
    for where, (kind, extra) in found:
        assert kind is str, f"{where} could hold anything"
        [pattern] = patterns(extra)
        assert pattern.startswith("^") and pattern.endswith("$"), where
        for said in CALLERS:
            with pytest.raises(ValidationError):
                TypeAdapter(Annotated[(kind, *extra)]).validate_python(said)  # type: ignore[misc]


def test_the_walk_finds_what_it_looks_for() -> None:
    class Bad(BaseModel):
        free: str
        anything: Any
        deep: dict[str, list[tuple[int, str | None]]] = {}
        fine: Literal["a"] = "a"

    assert [where for where, _ in texts(Bad, "Bad")] == [
        "Bad.free", "Bad.anything", "Bad.deep[]", "Bad.deep[]",
    ]  # fmt: skip


def test_every_model_of_the_catalog_can_be_told() -> None:
    names = list(Catalog()._hashes)
    assert [TypeAdapter(fleet.ModelKey).validate_python(name) for name in names] == names
    told = Catalog().loaded({"recogniser": names[0], "voice": "Anna Brown", "language_model": 7})
    assert [(model.kind, model.key) for model in told] == [("recogniser", names[0])]
    assert Catalog().loaded(["rubbish"]) == []


SENTINELS = (
    "Zzyzxname",
    "zzyzxnote",
    "Zzyzxfact",
    "zzyzxturn",
    "5550198",
    "zzyzxheard",
    "zzyzxwhy",
)


def fill(box: Any) -> None:
    """A night of callers whose every word is a sentinel."""
    now, store = datetime.now(UTC), box.store
    store.book(draft(name="Zzyzxname", phone="+12125550198"), "call-1", now=NOW)
    store.book(draft(slot(11), name="Zzyzxname", tentative=True), "call-2", now=NOW)
    for n, outcome in enumerate(Outcome):
        call = f"zzyzxwhy-{n}"
        store.call_started(call, "+12125550198", now=now, called="5550198")
        store.save_progress(call, json.dumps({"name": "Zzyzxname"}), now=now)
        store.call_ended(
            call, outcome, now=now, reason="zzyzxwhy", rung_reasons=["zzyzxwhy"],
            turns=[{"who": "caller", "text": "zzyzxturn"}], replies_ms=[900 + n],
        )  # fmt: skip
    store.note(NoteDraft("zzyzxnote", "caller-asked", name="Zzyzxname", phone="5550198"),
               "call-1", now=NOW - timedelta(days=3))  # fmt: skip
    store.alert(NoteDraft("zzyzxnote", "urgent"), "call-2", now=NOW)
    store.import_voicemail(
        Voicemail("zzyzxnote", "+12125550198", NOW, 3.5, "zzyzxwhy", "z.wav", "c", "zzyzxheard"),
        now=NOW,
    )
    for name in ("line", "gateway", "models"):
        service = Service(name, box.paths)
        service.ready()
        models = {"recogniser": "zzyzxfact", "voice": "Zzyzxname", "failed": {"x": "zzyzxheard"}}
        service.write_status(
            rung=5, registration_reason="zzyzxwhy", models=models, calls_active="zzyzxturn",
            voicemail_waiting={"zzyzxnote": 1}, call="zzyzxwhy",
        )  # fmt: skip


@pytest.mark.processes
@pytest.mark.timeout(900)
def test_a_night_full_of_callers_leaves_no_trace_at_the_operator_s_broker(tmp_path: Path) -> None:
    broker = Mosquitto(tmp_path / "broker").start()
    operator = Operator(broker.port)
    table = fleet_table(broker.port, operator.key)
    with watched_box(tmp_path / "home", table) as box:
        fill(box)
        box.start()
        until(lambda: operator.said("health"))
        report = operator.ask("report")
        assert operator.ask("night-mode", night_mode="on").result == "done"
        operator.send(b'{"version":1,"key":"zzyzxwhy","id":"Zzyzxname"}')
        until(lambda: any(result.id is None for result in operator.results()))
        health = report.health
        assert health is not None and sum(health.calls_day.values()) > len(Outcome)
        assert health.follow_ups_open > 3 and health.reply_p95_ms == 900 + len(Outcome) - 1
        assert health.models == [] and health.calls_now == 0, "what is not of the catalog stays"
        until(lambda: operator.said("alert/follow-ups-late") or len(operator.said("health")) > 1)
    text = b"\n".join(payload for topic, payload, _ in operator.seen if "fleet" in topic)
    assert len(text) > 2000
    published = text.replace(b'{"version":1,"key":"zzyzxwhy","id":"Zzyzxname"}', b"").decode()
    for sentinel in SENTINELS:
        assert sentinel.lower() not in published.lower(), sentinel
    operator.stop()
    broker.kill()
