"""What the language model is asked when the rules are unsure, and what its answer is worth.

It scores short choices that we offer; below a limit its preference counts for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from gateway.conversation.heard import hear
from gateway.conversation.meaning import (
    Answer,
    Asked,
    Context,
    Intent,
    Meaning,
    ModelQuestion,
    Source,
    Value,
)
from gateway.conversation.scope import FOREIGN, OFFICE
from gateway.conversation.spoken import say_time, say_weekday

SURE_ENOUGH = {"intent": 0.8, "service": 0.6, "choice": 0.6, "fact": 0.6, "answer": 0.7}
"""Below it nothing is taken over: a wrong task costs more than a question. At 0.6 a 0.5 B model
would start a task on six of a hundred sentences that are not for an office, at 0.8 on none."""
FEWEST_WORDS = 3
"""Shorter turns hold too little for the model to do better than the rules."""
MOST_CHOICES = 12
NONE_OF_THESE = "none of these"
_FILLER = re.compile(
    r"\b(?:um+|uh|er|well|so|oh|hi|hello|hey|good|morning|afternoon|evening|please|sorry|"
    r"yes|no|okay|ok|thanks|thank|you)\b"
)
_QUESTION = re.compile(
    r"^(?:so |and |um |uh |hi |hello |okay )*(?:what|where|how|who|which|do|does|is|are|"
    r"can|could|will|have)\b"
)


def _example(said: str, choice: str, before: str = "") -> str:
    """A turn with its answer, in the form of gateway.contract.model_link.prompt_example."""
    context = f"{before}\n" if before else ""
    return f'{context}Caller: "{said}"\nAnswer: {choice}\n'


_INTENTS: tuple[tuple[str, str], ...] = (
    ("book", Intent.BOOK.value),
    ("move", Intent.MOVE.value),
    ("cancel", Intent.CANCEL.value),
    ("hours", "hours"),
    ("person", Intent.PERSON.value),
    ("message", Intent.MESSAGE.value),
    ("urgent", ""),
    ("sales", ""),
    ("wrong", ""),
    ("other", ""),
)
"""One plain word each, no two beginning alike. The last four only take weight away from the others:
danger is for the rules to find, and nobody is sent away on the word of a model."""
_OF_HOURS = re.compile(
    r"\b(?:open\w*|clos\w+|shut|you|there|here|come|office|practice|late|early)\b"
)
_INTENT_EXAMPLES = (
    ("Hello?", "other"),
    ("Is this the bakery?", "wrong"),
    ("How late are you there?", "hours"),
    ("Please let them know I rang.", "message"),
    ("I have to call off my visit.", "cancel"),
    ("I'd like to present our new product.", "sales"),
    ("Let me talk to someone.", "person"),
    ("My arm is broken, it hurts badly.", "urgent"),
    ("Can I come at a different time?", "move"),
    ("I want to make an appointment.", "book"),
    ("Tell me a joke.", "other"),
    ("I wanted another number.", "wrong"),
    ("Are you there on Sundays?", "hours"),
    ("Have him ring me back.", "message"),
    ("I can't come, please delete it.", "cancel"),
    ("I am calling from a company about your contract.", "sales"),
    ("I want a human.", "person"),
    ("What is the weather like?", "other"),
    ("I can't come at three, is four possible?", "move"),
    ("Are you free on Monday morning?", "book"),
    ("How do I change my password?", "other"),
    ("My daughter needs to be looked at.", "book"),
)
INSTRUCTIONS = {
    "intent": "One word for what the caller of an office wants.\n"
    + "".join(_example(said, choice) for said, choice in _INTENT_EXAMPLES),
    "answer": "Does the caller say yes, no, or neither?\n"
    + _example("Why on earth not.", "yes", "Asked: shall I book it?")
    + _example("That is not what I had in mind.", "no", "Asked: is that right?")
    + _example("Where is that again?", "neither", "Asked: shall I book it?")
    + _example("I have nothing against it.", "yes", "Asked: is that right?")
    + _example("You got it all mixed up.", "no", "Asked: is that right?")
    + _example("My sister told me about you.", "neither", "Asked: is that right?"),
    "service": "Which of the office's services does the caller need?\n",
    "choice": "Which of the offered times does the caller take?\n",
    "fact": "What does the caller ask about?\n",
}
"""By kind of question; the worker keeps each as read, so that only the caller's words are new."""


def _undecided(meaning: Meaning) -> bool:
    """Whether the rules found nothing to go on with."""
    found = (
        meaning.intent, meaning.answer, meaning.danger, meaning.day, meaning.time, meaning.choice,
        meaning.wants_other, meaning.name, meaning.phone, meaning.service, meaning.practitioner,
        meaning.not_for_us,
    )  # fmt: skip
    signs = (meaning.repeat, meaning.wait, meaning.thanks, meaning.same_number)
    return not any(value is not None for value in found) and not any(signs)


def question_for_model(meaning: Meaning, context: Context) -> ModelQuestion | None:
    """The choices to have scored when the rules are unsure; None in nine of ten turns."""
    if not _undecided(meaning) or not meaning.in_scope:
        return None
    text = hear(meaning.said).plain.text
    words = _FILLER.sub("", text).split()
    if len(words) < FEWEST_WORDS:
        return None
    if context.held or context.asked is Asked.YES_NO:
        return _answer_question(context)
    if context.asked is Asked.SERVICE:
        return _named_question("service", context)
    if context.asked is Asked.CHOICE and context.offered:
        return _choice_question(context)
    if context.asked in (None, Asked.OPEN) and not FOREIGN.search(text):
        if _QUESTION.match(text) and OFFICE.search(text) and context.vocabulary.facts:
            return _named_question("fact", context)
        return _question("intent", "", _INTENTS)
    return None


def _question(kind: str, before: str, pairs: Sequence[tuple[str, str]]) -> ModelQuestion:
    return ModelQuestion(
        kind,
        INSTRUCTIONS[kind],
        before,
        tuple(choice for choice, _ in pairs),
        tuple(value for _, value in pairs),
    )


def _answer_question(context: Context) -> ModelQuestion:
    asked = "Asked: shall I do that?" if context.held else "Asked: is that right?"
    return _question("answer", asked, (("yes", "yes"), ("no", "no"), ("neither", "")))


def _named_question(kind: str, context: Context) -> ModelQuestion | None:
    named = context.vocabulary.services if kind == "service" else context.vocabulary.facts
    pairs = [(entry.name, entry.key) for entry in named][: MOST_CHOICES - 3]
    if kind == "fact":
        pairs += [("opening hours", "hours"), ("price", "price")]
    return _question(kind, "", [*pairs, (NONE_OF_THESE, "")]) if pairs else None


def _choice_question(context: Context) -> ModelQuestion:
    offered, country = context.offered[: MOST_CHOICES - 1], context.vocabulary.country
    pairs = [
        (_offer_label(start, offered, country), str(number)) for number, start in enumerate(offered)
    ]
    return _question("choice", "", [*pairs, (NONE_OF_THESE, "")])


def _offer_label(start: datetime, offered: Sequence[datetime], country: str) -> str:
    """Without the day where all have it: what several begin with costs the model a look more."""
    moment = say_time(start.time(), country)
    if len({one.date() for one in offered}) == 1:
        return moment
    return f"{say_weekday(start.date())} {moment}"


def combine(
    meaning: Meaning, question: ModelQuestion, scores: Sequence[float], context: Context
) -> Meaning:
    """The meaning with the model's choice added where the rules left a gap."""
    if len(scores) != len(question.values):
        return meaning
    best = max(range(len(scores)), key=lambda number: scores[number])
    chosen, sure = question.values[best], scores[best]
    if not chosen or sure < SURE_ENOUGH.get(question.kind, 1.0):
        return meaning
    if question.kind == "intent":
        return _with_intent(meaning, chosen, sure)
    if question.kind == "service":
        return replace(meaning, service=Value(chosen, meaning.said, Source.MODEL, sure))
    if question.kind == "choice":
        return replace(meaning, choice=Value(int(chosen), meaning.said, Source.MODEL, sure))
    if question.kind == "fact":
        return _about(meaning, chosen, sure)
    answer = Answer(chosen)
    if context.held and answer is Answer.YES:
        answer = Answer.VAGUE  # nothing is committed on the word of a model
    return replace(meaning, answer=Value(answer, meaning.said, Source.MODEL, sure))


def _about(meaning: Meaning, topic: str, sure: float) -> Meaning:
    intent = Value(Intent.ASK, meaning.said, Source.MODEL, sure)
    return replace(meaning, intent=intent, asks=Value(topic, meaning.said, Source.MODEL, sure))


def _with_intent(meaning: Meaning, chosen: str, sure: float) -> Meaning:
    said = meaning.said
    if chosen == "hours":
        of_office = _OF_HOURS.search(hear(said).plain.text)
        return _about(meaning, "hours", sure) if of_office else meaning
    intent = Intent(chosen)
    person = Value(True, said, Source.MODEL, sure) if intent is Intent.PERSON else None
    return replace(meaning, intent=Value(intent, said, Source.MODEL, sure), wants_person=person)
