"""What the console keeps: the same after any repetition, and what it makes of it."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.contract.fleet import AlertKind, Document, Severity
from gateway.errors import CommandFailed, FleetDatabaseError
from gateway.fleet import sweep
from gateway.fleet.apply import Arrived, apply
from gateway.fleet.database import Database
from gateway.fleet.report import parse_since, report
from gateway.fleet.settings import Console, ConsoleBroker, FleetSettings
from gateway.fleet.view import Filter, View
from tests.fleet_console import said

NOW = said.START.timestamp() + 100
SETTINGS = FleetSettings(broker=ConsoleBroker(host="127.0.0.1"))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path / "fleet.db")
    yield made
    made.close()


def message(name: str, document: Document, box: str = "box-1", site: str = "hillside") -> Arrived:
    return Arrived(said.where(name, box, site), document.model_dump_json().encode())


def state(word: str, box: str = "box-1", site: str = "hillside", connection: int = 1) -> Arrived:
    return message("state", said.state(word, connection), box, site)


def content(database: Database) -> dict[str, Any]:
    with database.reading() as db:
        return {
            "boxes": db.rows("SELECT site, box, state, connection, status, health FROM boxes "
                             "ORDER BY site, box"),
            "episodes": db.rows("SELECT kind, opened, last_opened, closed, count FROM episodes "
                                "ORDER BY kind, opened"),
            "calls": db.rows("SELECT * FROM calls ORDER BY box_id, hour"),
        }  # fmt: skip


def test_repeated_and_reordered_messages_leave_the_same(tmp_path: Path) -> None:
    story = [
        state("ready"), message("health", said.health(1, 1, calls_day={"booked": 2})),
        message("alert/disk", said.alert("disk", opened=2)),
        message("alert/disk", said.alert("disk", opened=2, closed=30)),
        state("lost"), state("ready", connection=2),
        message("health", said.health(2, 50, calls_day={"booked": 3})),
        state("ready", "box-2"),
    ]  # fmt: skip
    straight = Database(tmp_path / "straight.db")
    apply(straight, SETTINGS, story, NOW)
    for seed in range(20):
        chance = random.Random(seed)
        shuffled = story * 3
        chance.shuffle(shuffled)
        other = Database(tmp_path / f"{seed}.db")
        while shuffled:
            batch = [shuffled.pop() for _ in range(min(chance.randint(1, 5), len(shuffled)))]
            apply(other, SETTINGS, batch, NOW)
        assert {k: sorted(map(_without_id, v)) for k, v in content(other).items()} == {
            k: sorted(map(_without_id, v)) for k, v in content(straight).items()
        }
        other.close()
    straight.close()


def _without_id(row: tuple[Any, ...]) -> str:
    return str(row[1:] if isinstance(row[0], int) else row)


def test_problems_come_first_and_filters_choose(database: Database) -> None:
    apply(
        database, SETTINGS,
        [
            state("ready", "a", "north"), state("ready", "b", "north"), state("lost", "c", "south"),
            state("ready", "d", "south"), state("disconnected", "e", "south"),
            message("alert/disk", said.alert("disk", severity=Severity.WARNING), "b", "north"),
            message("alert/line-down", said.alert("line-down"), "d", "south"),
            message("health", said.health(release="0.2.0"), "a", "north"),
        ],
        NOW,
    )  # fmt: skip
    view = View(database)
    view.refresh()

    def names(chosen: Filter) -> list[str]:
        return [line.name for line in view.shown(chosen)]

    assert names(Filter()) == ["south/d", "south/c", "north/b", "south/e", "north/a"]
    assert names(Filter(problems=True)) == ["south/d", "south/c", "north/b", "south/e"]
    assert names(Filter(site="nor*")) == ["north/b", "north/a"]
    assert names(Filter(status="lost")) == ["south/c"]
    assert names(Filter(alert="disk")) == ["north/b"]
    assert names(Filter(alert="any")) == ["south/d", "north/b"]
    assert names(Filter(text="0.2.0")) == ["north/a"]
    assert names(Filter(text="LINE-d")) == ["south/d"]
    assert [line.name for line in view.find("south/*")] == ["south/c", "south/d", "south/e"]
    assert [line.name for line in view.find("a")] == ["north/a"]
    with pytest.raises(CommandFailed, match="no box is called"):
        view.find("west")


def test_a_view_sees_only_what_changed(database: Database) -> None:
    apply(database, SETTINGS, [state("ready", "a"), state("ready", "b")], NOW)
    view = View(database)
    assert len(view.refresh()) == 2
    assert view.refresh() == []
    apply(database, SETTINGS, [state("lost", "b")], NOW)
    ((before, after),) = view.refresh()
    assert before is not None
    assert (before.box.status, after.box.status) == ("ready", "lost")
    apply(database, SETTINGS, [Arrived(said.where("state", "b"), b"")], NOW)
    view.refresh()
    assert [line.box.box for line in view.lines.values()] == ["a"]


def test_a_broker_taken_over_cannot_make_boxes_without_end(tmp_path: Path) -> None:
    few = FleetSettings(broker=SETTINGS.broker, console=Console(max_boxes=2))
    database = Database(tmp_path / "fleet.db")
    apply(database, few, [state("ready", f"box-{n}") for n in range(5)], NOW)
    with database.reading() as db:
        assert db.value("SELECT count(*) FROM boxes") == 2
        assert db.rows("SELECT code, count FROM refused") == [("too-many-boxes", 3)]
    database.close()


def test_a_console_closes_what_ended_while_nobody_listened(database: Database) -> None:
    apply(database, SETTINGS, [state("ready"), message("alert/disk", said.alert("disk"))], NOW)
    apply(database, SETTINGS, [message("alert/clock", said.alert("clock"))], NOW + 50)
    watch = sweep.Sweep(SETTINGS, database, "one")
    watch.close_absent({("hillside", "box-1", "line-down")}, NOW + 20, NOW + 60)
    with database.reading() as db:
        rows = db.rows("SELECT kind, closed FROM episodes ORDER BY kind")
    assert rows == [("clock", None), ("disk", NOW + 60)], "what came after its snapshot stays"


def test_a_box_is_silent_when_it_does_not_speak_while_the_console_listens(
    database: Database,
) -> None:
    apply(database, SETTINGS, [state("ready"), message("health", said.health())], NOW)
    watch = sweep.Sweep(SETTINGS, database, "one")
    watch.connected(NOW)
    watch.tick(NOW + 299, 0)
    view = View(database)
    view.refresh()
    assert view.statuses() == {"ready": 1}
    watch.tick(NOW + 301, 0)
    view.refresh()
    assert view.statuses() == {"silent": 1}
    watch.tick(NOW + 301 + 121, 0)
    (line,) = (view.refresh(), view.shown(Filter()))[1]
    assert [episode.kind for episode in line.alerts] == [AlertKind.BOX_LOST]
    apply(database, SETTINGS, [message("health", said.health(1, 500))], NOW + 500)
    watch.tick(NOW + 501, 0)
    (line,) = (view.refresh(), view.shown(Filter()))[1]
    assert (line.box.status, line.alerts) == ("ready", ())


def test_a_console_notices_that_a_fellow_died(database: Database) -> None:
    one = sweep.Sweep(SETTINGS, database, "one")
    two = sweep.Sweep(SETTINGS, database, "two")
    one.connected(NOW)
    two.connected(NOW)
    assert not one.tick(NOW + 5, 0)
    assert not two.tick(NOW + 5, 0)
    assert one.tick(NOW + 30, 0), "two was not seen for 25 s"
    assert not one.tick(NOW + 31, 0), "once"


def test_a_report_adds_calls_of_days_and_times_of_states(database: Database) -> None:
    day = 86_400.0
    for n, calls in enumerate([{"booked": 3}, {"booked": 1, "message": 2}]):
        told = message("health", said.health(1, n * day, calls_day=calls, unowned_calls=n))
        apply(database, SETTINGS, [told], said.START.timestamp() + n * day)
    start = said.START.timestamp()
    with database.writing() as db:
        db.run("DELETE FROM statuses")
        db.note_status(1, "ready", start)
        db.note_status(1, "lost", start + 0.75 * day)
        db.note_status(1, "ready", start + day)
    made = report(database, start - day, start + day)
    assert dict(made.calls) == {"booked": 4, "message": 2}
    assert made.unowned == 1
    assert made.availability == pytest.approx(0.75)
    assert made.worst[0].box == "hillside/box-1"
    assert dict(report(database, start, start + day).calls) == {"booked": 1, "message": 2}


@pytest.mark.parametrize("text", ["7", "0d", "d", "-1d", "7 days"])
def test_a_wrong_since_says_what_to_write(text: str) -> None:
    with pytest.raises(CommandFailed, match="24h"):
        parse_since(text)
    assert parse_since("2d") == 172_800


def test_old_things_are_deleted(database: Database) -> None:
    apply(database, SETTINGS, [
        state("ready"), message("alert/disk", said.alert("disk", closed=5)),
        message("health", said.health(calls_day={"booked": 1})),
    ], NOW)  # fmt: skip
    sweep.Sweep(SETTINGS, database, "one").tick(NOW + 40 * 86_400, 0)
    kept = content(database)
    assert len(kept["boxes"]) == 1
    assert kept["calls"] == []
    with database.reading() as db:
        assert db.rows("SELECT kind FROM episodes WHERE source = 'box'") == []


def test_a_database_that_is_none_or_of_a_later_version_is_named(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("not a database, but long enough to be looked at" * 50)
    with pytest.raises(FleetDatabaseError, match=r"text\.db: console\.database"):
        Database(tmp_path / "text.db")
    later = sqlite3.connect(tmp_path / "later.db")
    later.execute("PRAGMA user_version = 99")
    later.close()
    with pytest.raises(FleetDatabaseError, match="later Nightporter"):
        Database(tmp_path / "later.db")


def test_health_survives_the_database(database: Database) -> None:
    full = said.health(calls_day={"booked": 2}, temperature_c=51.5, reply_p95_ms=900)
    apply(database, SETTINGS, [message("health", full)], NOW)
    fresh = Database(database.path)
    with fresh.reading() as db:
        found = db.box("hillside", "box-1")
    fresh.close()
    assert found is not None
    assert found[1].health == full
    assert json.loads(full.model_dump_json())["calls_day"] == {"booked": 2}


def test_what_was_rolled_back_is_forgotten(database: Database) -> None:
    apply(database, SETTINGS, [state("ready")], NOW)
    with pytest.raises(ZeroDivisionError), database.writing() as db:
        found = db.box("hillside", "box-1")
        assert found is not None
        db.put_boxes([(found[0], replace(found[1], status="silent"))])
        raise ZeroDivisionError
    fellow = Database(database.path)
    apply(fellow, SETTINGS, [state("lost")], NOW)
    fellow.close()
    with database.reading() as db:
        after = db.box("hillside", "box-1")
    assert after is not None
    assert after[1].status == "lost"


def test_what_a_fellow_wrote_is_not_overwritten_from_memory(database: Database) -> None:
    apply(database, SETTINGS, [state("ready"), message("health", said.health(1, 1))], NOW)
    fellow = Database(database.path)
    apply(fellow, SETTINGS, [state("lost")], NOW + 1)
    apply(database, SETTINGS, [message("health", said.health(1, 2))], NOW + 2)
    apply(fellow, SETTINGS, [Arrived(said.where("state"), b"")], NOW + 3)
    with fellow.reading() as db:
        assert db.box("hillside", "box-1") is None
    apply(database, SETTINGS, [message("health", said.health(1, 3))], NOW + 4)
    with fellow.reading() as db:
        rows = db.rows("SELECT status, first_seen FROM boxes")
    assert rows == [("unknown", NOW + 4)], "a new row, not the forgotten box"
    fellow.close()


def test_what_a_fellow_changed_is_read_again_before_it_is_changed(database: Database) -> None:
    apply(database, SETTINGS, [state("ready")], NOW)
    fellow = Database(database.path)
    apply(fellow, SETTINGS, [state("lost")], NOW + 1)
    fellow.close()
    apply(database, SETTINGS, [message("health", said.health(1, 2))], NOW + 2)
    with database.reading() as db:
        assert db.rows("SELECT status, health IS NULL FROM boxes") == [("lost", 0)]
