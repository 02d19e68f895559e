"""Sets the stage of a scenario: the office, its book, and what goes wrong."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from gateway.appointments.records import Draft, Outcome, Slot
from gateway.contract.settings import Settings
from gateway.contract.settings_file import load_settings
from gateway.conversation import actions as a
from gateway.rehearsal.scenario import Scenario, ScenarioError
from gateway.rehearsal.world import World
from gateway.store.store import Store

SAMPLE = Path(__file__).parents[2] / "examples" / "dental-practice" / "site.toml"
_STANDS = re.compile(
    r"(?P<service>[a-z-]+) with (?P<who>[a-z-]+) on (?P<start>\d{4}-\d\d-\d\d \d\d:\d\d)"
    r"(?: for (?P<name>[^,]+), (?P<phone>\+?\d+))?(?P<tentative> tentative)?$"
)


def office_of(scenario: Scenario, sample: Settings | None = None) -> Settings:
    """The sample office with the scenario's changes."""
    settings = sample or load_settings(SAMPLE)
    if not scenario.settings:
        return settings
    data = settings.model_dump(by_alias=True, exclude_none=True)
    for name, text in scenario.settings:
        *path, last = name.split(".")
        table: Any = data
        for key in path:
            table = table[int(key) if key.isdecimal() else key]
        table[last] = tomllib.loads(f"value = {text}")["value"]
    return Settings.model_validate(data)


def build(scenario: Scenario, settings: Settings, store: Store) -> World:
    """The world at the start of the scenario."""
    zone = settings.office.zone
    world = World(settings, store, scenario.at.replace(tzinfo=zone))
    for text in scenario.stands:
        put(world, scenario, text)
    for text in scenario.busy:
        _block(world, scenario, text)
    for key, value in scenario.world:
        _go_wrong(world, scenario, key, value)
    return world


def put(world: World, scenario: Scenario, text: str) -> None:
    """Write an appointment that stands already."""
    found = _STANDS.match(text)
    if found is None:
        raise ScenarioError(
            f'{scenario.path}: "{text}": write "cleaning with weber on 2026-11-24 10:00 for '
            f'Carol King, +12125550188"'
        )
    service = found["service"]
    minutes = next(s.minutes for s in world.settings.services if s.key == service)
    slot = Slot(datetime.fromisoformat(found["start"]), minutes, found["who"])
    draft = Draft(service, slot, found["name"] or "Somebody Else", found["phone"] or "+12125559999",
                  tentative=bool(found["tentative"]))  # fmt: skip
    before = world.now - timedelta(days=2)
    call = f"stage-{text}"
    world.store.book(draft, call, now=before)
    world.store.call_ended(call, Outcome.BOOKED, now=before)


def _block(world: World, scenario: Scenario, text: str) -> None:
    """ "weber 2026-11-24 08:30-12:00": nothing free then."""
    who, day, span = text.split()
    start_text, _, end_text = span.partition("-")
    start = datetime.fromisoformat(f"{day} {start_text}")
    end = datetime.fromisoformat(f"{day} {end_text}")
    minutes = int((end - start).total_seconds() // 60)
    draft = Draft("check-up", Slot(start, minutes, who), "Blocked", "+12125559998")
    before = world.now - timedelta(days=2)
    world.store.book(draft, f"block-{text}", now=before)
    world.store.call_ended(f"block-{text}", Outcome.BOOKED, now=before)


def _go_wrong(world: World, scenario: Scenario, key: str, value: str) -> None:
    if key == "fails":
        world.failing.add(value)
    elif key == "transfer":
        world.transfer_code = int(value)
    elif key == "model":
        world.scores = model_that(value)
    elif key == "taken":
        action, _, what = value.partition(" ")
        world.between[action] = lambda: put(world, scenario, what)
    elif key == "stale":
        world.stale.add(value)


def model_that(picks: str) -> Callable[[a.AskModel], tuple[float, ...] | None]:
    """A stand-in for the language model: picks one value wherever it is offered, else none."""

    def scores(action: a.AskModel) -> tuple[float, ...] | None:
        if picks == "fails":
            return None
        values = action.question.values
        chosen = values.index(picks) if picks in values else _none(values)
        return tuple(0.9 if n == chosen else 0.1 / len(values) for n in range(len(values)))

    return scores


def _none(values: tuple[str, ...]) -> int:
    return values.index("") if "" in values else 0
