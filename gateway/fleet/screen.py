"""The live table on a terminal: problems first, keys that filter; only here is textual."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.css.query import NoMatches
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import Footer, Input, Static

from gateway.contract.fleet import AlertKind
from gateway.fleet import words
from gateway.fleet.view import Filter, Line, View

REFRESH_S = 0.5
"""How often the database is asked for changes; part of the time until a lost box is shown."""
STATUSES = ("", "lost", "silent", "alert", "disconnected", "init", "unknown", "ready")
"""What the key s goes through."""
ALERTS = ("", "any", *(kind.value for kind in AlertKind))
"""What the key a goes through."""
_STYLES = {
    3: Style(color="red", bold=True), 2: Style(color="yellow"), 1: Style(color="cyan"), 0: Style(),
}  # fmt: skip


class FleetTable(ScrollView, can_focus=True):
    """Rows drawn only where they are seen, so that a hundred thousand boxes cost nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False), Binding("down", "move(1)", show=False),
        Binding("pageup", "move(-20)", show=False), Binding("pagedown", "move(20)", show=False),
        Binding("home", "move(-10000000)", show=False),
        Binding("end", "move(10000000)", show=False),
    ]  # fmt: skip
    cursor: reactive[int] = reactive(0)

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[Line] = []

    def put(self, lines: list[Line]) -> None:
        """Show these; the cursor stays on its box."""
        chosen = self.chosen()
        self.lines = lines
        if chosen is not None:
            place = next((i for i, line in enumerate(lines) if line.name == chosen.name), None)
            self.cursor = place if place is not None else min(self.cursor, max(len(lines) - 1, 0))
        self.virtual_size = Size(sum(words.WIDTHS) + 2 * len(words.WIDTHS), len(lines))
        self.refresh()

    def chosen(self) -> Line | None:
        """The box under the cursor."""
        return self.lines[self.cursor] if self.cursor < len(self.lines) else None

    def action_move(self, by: int) -> None:
        """Move the cursor and keep it in sight."""
        self.cursor = max(0, min(len(self.lines) - 1, self.cursor + by))
        self.scroll_to_region(Region(0, self.cursor, 1, 1), animate=False)
        self.refresh()

    def watch_cursor(self) -> None:
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One row of the visible part."""
        x, top = self.scroll_offset
        index = top + y
        if index >= len(self.lines):
            return Strip.blank(self.size.width, self.rich_style)
        line = self.lines[index]
        style = self.rich_style + _STYLES[line.level]
        if index == self.cursor:
            style += Style(reverse=True)
        text = row_text(words.cells(line, time.time()))
        return Strip([Segment(text, style)]).crop_extend(x, x + self.size.width, style)


def row_text(cells: tuple[str, ...]) -> str:
    """A row in fixed columns."""
    pairs = zip(cells, words.WIDTHS, strict=True)
    return "  ".join(cell[:width].ljust(width) for cell, width in pairs)


class FleetScreen(App[None]):
    """`nightporter fleet watch`."""

    CSS = """
    #summary, #columns, #detail { height: auto; padding: 0 1; }
    #columns { text-style: underline; }
    FleetTable { height: 1fr; padding: 0 1; }
    Input { display: none; }
    """
    TITLE = "Nightporter fleet"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "problems", "Problems"),
        Binding("s", "status", "State"),
        Binding("a", "alert", "Alert"),
        Binding("i", "ask('site')", "Site"),
        Binding("slash", "ask('text')", "Text"),
        Binding("enter", "detail", "Box"),
        Binding("escape", "clear", "All"),
        Binding("q", "quit", "Quit"),
    ]

    def __init__(self, view: View, fault: Callable[[], str], chosen: Filter) -> None:
        super().__init__()
        self.view = view
        self.chosen = chosen
        self._fault = fault
        self._asked = "text"
        self._detailed = False

    def compose(self) -> ComposeResult:
        """Summary, head, table, one box, a line for typing, keys."""
        yield Static(id="summary", markup=False)
        yield Static(row_text(words.COLUMNS), id="columns", markup=False)
        yield FleetTable()
        yield Static(id="detail", markup=False)
        yield Input()
        yield Footer()

    def on_mount(self) -> None:
        """Begin to look."""
        self.set_interval(REFRESH_S, self.look)
        self.query_one(FleetTable).focus()
        self.look()

    def look(self) -> None:
        """Show what the database says now."""
        try:
            table = self.query_one(FleetTable)
            summary, detail = (self.query_one(name, Static) for name in ("#summary", "#detail"))
        except NoMatches:
            return  # on its way in or out: the parts come and go one by one
        self.view.refresh()
        table.put(self.view.shown(self.chosen))
        summary.update(self.summary(len(table.lines)))
        line = table.chosen()
        detail.update("\n".join(detail_lines(line)) if line and self._detailed else "")

    def summary(self, shown: int) -> str:
        """The line at the top."""
        statuses = ", ".join(f"{n} {status}" for status, n in self.view.statuses().most_common())
        levels = self.view.levels()
        need = f"now {levels[3]}, today {levels[2]}, this week {levels[1]}"
        text = f"{len(self.view.lines)} boxes: {statuses or 'none yet'} | need somebody: {need}"
        active = [
            f"{name} {value}"
            for name, value in (
                ("site", self.chosen.site), ("state", self.chosen.status),
                ("alert", self.chosen.alert), ("text", self.chosen.text),
                ("problems", "only" if self.chosen.problems else ""),
            )
            if value
        ]  # fmt: skip
        if active:
            text += f" | {shown} shown: {', '.join(active)}"
        fault = self._fault()
        return f"{text}\nNOT CONNECTED, what is shown is old: {fault}" if fault else text

    def action_problems(self) -> None:
        """Only what needs somebody, or everything."""
        self._choose(replace(self.chosen, problems=not self.chosen.problems))

    def action_status(self) -> None:
        """The next state."""
        self._choose(replace(self.chosen, status=_next(STATUSES, self.chosen.status)))

    def action_alert(self) -> None:
        """The next kind of alert."""
        self._choose(replace(self.chosen, alert=_next(ALERTS, self.chosen.alert)))

    def action_clear(self) -> None:
        """No filter, no detail, no line for typing."""
        self.query_one(Input).display = False
        self.query_one(FleetTable).focus()
        self._detailed = False
        self._choose(Filter())

    def action_ask(self, what: str) -> None:
        """Let a filter be typed."""
        self._asked = what
        line = self.query_one(Input)
        line.placeholder = {"site": "site, e.g. north-*", "text": "any part of a row"}[what]
        line.value = getattr(self.chosen, what)
        line.display = True
        line.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """A text filters while it is typed."""
        if self._asked == "text" and self.query_one(Input).display:
            self._choose(replace(self.chosen, text=event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Typed: filter, and back to the table."""
        self.query_one(Input).display = False
        self.query_one(FleetTable).focus()
        if self._asked == "site":
            self._choose(replace(self.chosen, site=event.value))
        else:
            self._choose(replace(self.chosen, text=event.value))

    def action_detail(self) -> None:
        """All about the box under the cursor, or the table alone."""
        self._detailed = not self._detailed
        self.look()

    def _choose(self, chosen: Filter) -> None:
        self.chosen = chosen
        self.look()


def _next(choices: tuple[str, ...], current: str) -> str:
    return choices[(choices.index(current) + 1) % len(choices)] if current in choices else ""


def detail_lines(line: Line) -> list[str]:
    """The box under the cursor in a few lines."""
    lines = [f"{line.name}: {line.box.status} since {words.moment(line.box.changed)}"]
    for episode in line.alerts:
        lines.append(
            f"  {episode.severity.value} {words.alert_words(episode)}: "
            f"{words.MEANINGS[episode.kind]}, since {words.moment(episode.opened)}"
        )
    return lines
