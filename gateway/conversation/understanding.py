"""Words -> meaning: rules and grammar first, the context of the question, then the model."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.conversation.meaning import Context, Meaning, ModelQuestion


def understand(said: str, context: Context) -> Meaning:
    """What one turn of the caller means, by rules alone (under 5 ms)."""
    return Meaning(said)


def question_for_model(meaning: Meaning, context: Context) -> ModelQuestion | None:
    """The choices to have scored when the rules are unsure; None in nine of ten turns."""
    return None


def combine(
    meaning: Meaning, question: ModelQuestion, scores: Sequence[float], context: Context
) -> Meaning:
    """The meaning with the model's choice added where the rules left a gap."""
    return meaning
