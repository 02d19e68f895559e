"""`nightporter understand`: JSON lines in, what they mean as JSON lines out; for evaluation."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import IO, Any

import click

from gateway.contract.model_link import Understand
from gateway.contract.service import Paths
from gateway.contract.settings_file import load_settings
from gateway.conversation.meaning import Context, Meaning, ModelQuestion, Vocabulary
from gateway.conversation.understanding import combine, question_for_model
from gateway.conversation.understanding import understand as read_meaning
from gateway.conversation.vocabulary import vocabulary_of
from gateway.errors import LinkError, ModelError
from gateway.rehearsal.meaning_json import as_json, context_from

SAMPLE = Path(__file__).parents[2] / "examples" / "dental-practice" / "site.toml"
"""The office whose words are used when none is named."""

Scorer = Callable[[str, ModelQuestion], tuple[float, ...] | None]
"""The caller's words and a question -> probability of each choice; None: no answer in time."""


def vocabulary_from(site: Path) -> Vocabulary:
    """The words of the office of a site.toml."""
    return vocabulary_of(load_settings(site))


def read_turn(said: str, context: Context, scorer: Scorer | None) -> tuple[Meaning, str, bool]:
    """Meaning, by whom (rules or rules+model), and whether the rules wanted the model."""
    meaning = read_meaning(said, context)
    question = question_for_model(meaning, context)
    if question is None or scorer is None:
        return meaning, "rules", question is not None
    scores = scorer(said, question)
    if scores is None:
        return meaning, "rules", True
    return combine(meaning, question, scores, context), "rules+model", True


def understood(text: str, vocabulary: Vocabulary, scorer: Scorer | None = None) -> dict[str, Any]:
    """The output for one line of input; a line that cannot be read gives an `error`."""
    try:
        line = json.loads(text)
        if not isinstance(line, dict) or not isinstance(line.get("said"), str):
            raise ValueError('a line must be an object with "said" and "today"')
        context = context_from(line, vocabulary)
    except (ValueError, TypeError) as error:
        return {"error": str(error), "line": text.strip()[:200]}
    begun = perf_counter()
    meaning, by, unsure = read_turn(line["said"], context, scorer)
    milliseconds = (perf_counter() - begun) * 1000
    return as_json(meaning, by, milliseconds) | {"unsure": unsure}


def worker_scorer() -> Scorer:
    """Asks the models worker that runs in NIGHTPORTER_HOME; says nothing when it does not."""
    # Only here, so that rules alone start without the link's libraries.
    from gateway.switchboard.model_client import ModelClient
    from gateway.switchboard.wire import Address

    client = ModelClient(Address.of_socket(Paths.from_environment().models_socket))

    def score(said: str, question: ModelQuestion) -> tuple[float, ...] | None:
        request = Understand(question.instruction, question.context, said, question.choices)
        try:
            return asyncio.run(client.understand(request)).scores
        except (LinkError, ModelError) as error:
            click.echo(f"no model: {error}", err=True)
            return None

    return score


@click.command()
@click.argument("lines", type=click.File("r"), default="-")
@click.option("--site", type=click.Path(exists=True, path_type=Path), default=SAMPLE,
              help="site.toml of the office; default: the sample.")  # fmt: skip
@click.option(
    "--models", is_flag=True, help="Ask the running models worker where rules are unsure."
)
def understand(lines: IO[str], site: Path, models: bool) -> None:
    """Read JSON lines (`said`, `today`, optional `asked`, `offered`), write what they mean."""
    vocabulary = vocabulary_from(site)
    scorer = worker_scorer() if models else None
    for text in lines:
        if text.strip():
            click.echo(json.dumps(understood(text, vocabulary, scorer), ensure_ascii=False))
