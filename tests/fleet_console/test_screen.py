"""The live table, headless: problems first, keys that filter."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from gateway.fleet.apply import apply
from gateway.fleet.database import Database
from gateway.fleet.screen import FleetScreen, FleetTable
from gateway.fleet.view import Filter, View
from tests.fleet_console import said
from tests.fleet_console.test_database import NOW, SETTINGS, message, state


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path / "fleet.db")
    apply(
        made, SETTINGS,
        [
            *(state("ready", f"box-{n}", "north") for n in range(40)),
            state("lost", "box-7", "south"), state("ready", "box-8", "south"),
            message("health", said.health(rung=5), "box-8", "south"),
            message("alert/disk", said.alert("disk", value=3.0), "box-8", "south"),
        ],
        NOW,
    )  # fmt: skip
    yield made
    made.close()


Story = Callable[[FleetScreen, Pilot[None]], Awaitable[None]]


def play(database: Database, story: Story, fault: str = "", chosen: Filter | None = None) -> None:
    async def run() -> None:
        screen = FleetScreen(View(database), lambda: fault, chosen or Filter())
        async with screen.run_test(size=(160, 30)) as pilot:
            await pilot.pause()
            await story(screen, pilot)

    asyncio.run(run())


def rows(screen: FleetScreen) -> list[str]:
    table = screen.query_one(FleetTable)
    shown = [table.render_line(y).text for y in range(table.size.height)]
    return [row.rstrip() for row in shown if row.strip()]


def summary(screen: FleetScreen) -> str:
    return str(screen.query_one("#summary", Static).render())


def test_problems_are_on_top_and_the_summary_counts(database: Database) -> None:
    async def story(screen: FleetScreen, _: Pilot[None]) -> None:
        top = rows(screen)
        assert top[0].startswith("!")
        assert "south/box-8" in top[0]
        assert "disk" in top[0]
        assert "south/box-7" in top[1]
        assert "lost" in top[1]
        assert "north/box-0" in top[2]
        assert "42 boxes: 41 ready, 1 lost" in summary(screen)
        assert "now 2" in summary(screen)

    play(database, story)


def test_keys_filter_by_problem_state_alert_site_and_text(database: Database) -> None:
    async def story(screen: FleetScreen, pilot: Pilot[None]) -> None:
        await pilot.press("p")
        assert len(rows(screen)) == 2
        await pilot.press("escape", "s")
        assert ["south/box-7" in row for row in rows(screen)] == [True]
        await pilot.press("escape", "a")
        assert ["south/box-8" in row for row in rows(screen)] == [True]
        await pilot.press("escape", "slash", *"box-3", "enter")
        await pilot.pause()
        assert len(screen.query_one(FleetTable).lines) == 11
        assert "11 shown: text box-3" in summary(screen)
        await pilot.press("escape", "i", *"south", "enter")
        await pilot.pause()
        assert len(rows(screen)) == 2
        await pilot.press("escape")
        assert len(screen.query_one(FleetTable).lines) == 42

    play(database, story)


def test_a_change_is_shown_and_the_cursor_stays_on_its_box(database: Database) -> None:
    async def story(screen: FleetScreen, pilot: Pilot[None]) -> None:
        await pilot.press("down", "down")
        table = screen.query_one(FleetTable)
        chosen = table.chosen()
        assert chosen is not None
        apply(database, SETTINGS, [state("lost", "box-30", "north")], NOW)
        screen.look()
        assert any("north/box-30" in row and row.startswith("!") for row in rows(screen)[:3])
        after = table.chosen()
        assert after is not None
        assert after.name == chosen.name

    play(database, story)


def test_a_box_is_explained(database: Database) -> None:
    async def story(screen: FleetScreen, pilot: Pilot[None]) -> None:
        await pilot.press("enter")
        detail = str(screen.query_one("#detail", Static).render())
        assert "south/box-8: ready since" in detail
        assert "critical disk: the disk is nearly full" in detail

    play(database, story)


def test_a_broker_that_is_away_is_said_aloud(database: Database) -> None:
    async def story(screen: FleetScreen, _: Pilot[None]) -> None:
        assert "NOT CONNECTED, what is shown is old: broker b:1883" in summary(screen)

    play(database, story, fault="broker b:1883: refused")
