"""`nightporter states` draws the table, `nightporter sentences` lists all sentences."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.contract.settings_file import load_settings
from gateway.conversation.sentences import LANGUAGES, PROOF, check_own_sentences
from gateway.conversation.sentences.catalogue import placeholders
from gateway.conversation.states import QUESTIONS, TABLE, WAITS, Rule, State

BEGIN = "<!-- states:begin (written by `nightporter states --mermaid`) -->"
END = "<!-- states:end -->"
GROUPS = {"Questions": QUESTIONS, "Waits": WAITS}
TITLES = {"Questions": "the caller's turn", "Waits": "somebody else has to answer"}
EVERYWHERE = frozenset({"ModelFailed", "StoreFailed", "TurnLimit", "CallerHungUp", "ModelBack"})
"""Events with a row in every state before the end: named once below the diagram."""


@click.command()
@click.option("--mermaid", is_flag=True, help="As a Mermaid diagram instead of a list.")
@click.option(
    "--write",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Put the diagram into the marked section of this file.",
)
def states(mermaid: bool, write: Path | None) -> None:
    """Draw the conversation's table of states."""
    if write is not None:
        write.write_text(with_diagram(write.read_text()))
        click.echo(f"{write}: the diagram is current")
        return
    click.echo(diagram() if mermaid else listing(), nl=False)


def listing() -> str:
    """One line a row: state, event, rule, states that may follow."""
    lines = []
    for state, rows in TABLE.items():
        for event, rule in rows.items():
            following = ", ".join(sorted(rule.goes)) or "-"
            lines.append(f"{state:18} {event.__name__:20} {rule.name:22} {following}")
    return "\n".join(lines) + "\n"


def diagram() -> str:
    """The table as a Mermaid state diagram, in a fenced block."""
    lines = ["```mermaid", "stateDiagram-v2"]
    for name, states_ in GROUPS.items():
        lines.append(f'    state "{TITLES[name]}" as {name} {{')
        lines += [f"        {_id(state)}" for state in sorted(states_)]
        lines.append("    }")
    lines += ["    [*] --> new", *_edges(), "    ended --> [*]", "```", ""]
    names = ", ".join(f"`{name}`" for name in sorted(EVERYWHERE))
    lines.append(f"Not drawn: {names} have a row in every state before the end.")
    return "\n".join(lines) + "\n"


def with_diagram(text: str) -> str:
    """A document with the present diagram between its marks."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise click.ClickException(f"the document has no section {BEGIN} ... {END}")
    return f"{before}{BEGIN}\n\n{diagram()}\n{END}{after}"


def _edges() -> list[str]:
    """Rows as arrows, those of a group of states with the same rows as one."""
    edges: dict[tuple[str, str], list[str]] = {}
    for state, rows in TABLE.items():
        for event, rule in rows.items():
            name = event.__name__
            if name in EVERYWHERE:
                continue
            for target in _targets(rule):
                edges.setdefault((_source(state, name, rule), target), []).append(name)
    return [
        f"    {start} --> {target}: {', '.join(dict.fromkeys(names))}"
        for (start, target), names in edges.items()
    ]


def _source(state: State, event: str, rule: Rule) -> str:
    """The group, where every state of it has this very row."""
    for name, members in GROUPS.items():
        if state in members and all(
            any(e.__name__ == event and r == rule for e, r in TABLE[member].items())
            for member in members
        ):
            return name
    return _id(state)


def _targets(rule: Rule) -> list[str]:
    rest = set(rule.goes)
    found = []
    for name, members in GROUPS.items():
        if members <= rest:
            found.append(name)
            rest -= members
    return found + [_id(state) for state in sorted(rest)]


def _id(state: State) -> str:
    return state.value.replace("-", "_")


@click.command()
@click.option(
    "--settings",
    "file",
    type=click.Path(path_type=Path),
    help="Show the wordings of this site.toml, and check them.",
)
@click.option("--claims", is_flag=True, help="Only sentences that claim a fact.")
def sentences(file: Path | None, claims: bool) -> None:
    """List every sentence a caller can hear, with its placeholders."""
    office = load_settings(file) if file is not None else None
    if office is not None:
        check_own_sentences(office)
    own = office.conversation.sentences if office is not None else {}
    for key, shipped in sorted(LANGUAGES["en"].items()):
        if claims and key not in PROOF:
            continue
        proof = f"  (needs {PROOF[key].__name__})" if key in PROOF else ""
        names = sorted(frozenset().union(*(placeholders(text) for text in shipped)))
        filled = "  " + " ".join(f"{{{name}}}" for name in names) if names else ""
        click.echo(f"{key}{proof}{filled}")
        for text in (own[key], *shipped[1:]) if key in own else shipped:
            click.echo(f"    {text}")
