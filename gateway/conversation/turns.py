"""A turn of the caller: danger first, then a person, then the open question, then anything else."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from gateway.conversation import actions as a
from gateway.conversation import (
    asking,
    assurance,
    booking,
    changing,
    choosing,
    commit,
    details,
    message,
    not_for_us,
    offering,
    person,
    questions,
    repair,
    urgent,
    wishes,
)
from gateway.conversation.booking_form import absorb
from gateway.conversation.ending import goodbye
from gateway.conversation.events import Event, Heard, KeyPressed, ModelAnswered
from gateway.conversation.heard import hear
from gateway.conversation.hourless import with_hour
from gateway.conversation.meaning import (
    Answer,
    Asked,
    Context,
    Intent,
    Meaning,
)
from gateway.conversation.memory import Conversation, Task
from gateway.conversation.reply import Reply
from gateway.conversation.said import Said
from gateway.conversation.states import State
from gateway.conversation.understanding import combine, question_for_model, understand

ASKED: Mapping[State, Asked] = {
    State.OPEN: Asked.OPEN,
    State.URGENT: Asked.OPEN,
    State.SERVICE: Asked.SERVICE,
    State.DAY: Asked.DAY,
    State.WHICH_DAY: Asked.DAY,
    State.WHICH_TIME: Asked.TIME,
    State.CHOICE: Asked.CHOICE,
    State.NAME: Asked.NAME,
    State.NAME_CHECK: Asked.YES_NO,
    State.PHONE: Asked.PHONE,
    State.PHONE_CHECK: Asked.YES_NO,
    State.COMMIT_BOOKING: Asked.YES_NO,
    State.COMMIT_MOVE: Asked.YES_NO,
    State.COMMIT_CANCEL: Asked.YES_NO,
    State.OFFER_MESSAGE: Asked.YES_NO,
    State.RESUME: Asked.YES_NO,
    State.CHANGE_WHAT: Asked.OPEN,
    State.WHICH_APPOINTMENT: Asked.CHOICE,
}
"""State -> the context in which its answers are read."""
COMMIT_QUESTIONS: Mapping[State, Intent] = {
    State.COMMIT_BOOKING: Intent.BOOK,
    State.COMMIT_MOVE: Intent.MOVE,
    State.COMMIT_CANCEL: Intent.CANCEL,
}
"""State -> what a yes to its question does."""


_WHEN = frozenset({
    State.OPEN, State.DAY, State.WHICH_TIME, State.CHOICE, State.COMMIT_BOOKING, State.COMMIT_MOVE,
    State.CHANGE_WHAT,
})  # fmt: skip
"""Where a time may be meant."""
GREETINGS = 2
"""So often "hello?" is answered; afterwards it is a turn that was not understood."""
_CHECKS = frozenset({State.NAME_CHECK, State.PHONE_CHECK})
"""Where a no to the question and another wish are two things: "no, could I have Friday?"."""


def context_of(memory: Conversation, now: datetime) -> Context:
    """In what situation words are said now."""
    state = memory.last_question or State.OPEN
    offered: tuple[datetime, ...] = ()
    if state is State.CHOICE:
        offered = tuple(slot.start for slot in memory.offers)
    elif state is State.WHICH_APPOINTMENT:
        offered = tuple(one.start for one in memory.found)
    slot = memory.form.slot
    day = slot.start.date() if slot else wishes.wished_day(memory)
    if day is None and len({start.date() for start in offered}) == 1:
        day = offered[0].date()
    return Context(
        now=now,
        vocabulary=memory.office.vocabulary,
        asked=_asked(memory, state),
        offered=offered,
        offered_day=day,
        held=state in COMMIT_QUESTIONS,
        act=COMMIT_QUESTIONS.get(state),
        stands=_spoken_of(memory),
    )


def _spoken_of(memory: Conversation) -> datetime | None:
    """The appointment that is on the table: held, being moved, or told a moment ago."""
    if memory.form.slot is not None:
        return memory.form.slot.start
    if memory.task is Task.MOVE and memory.target is not None:
        return memory.target.start
    return None if memory.offers else memory.discussed


def _asked(memory: Conversation, state: State) -> Asked:
    """What was asked; identifying goes through name, day and number."""
    if state is not State.IDENTIFY:
        return ASKED.get(state, Asked.OPEN)
    who = memory.identity
    if who.name is None:
        return Asked.NAME
    return Asked.DAY if who.day is None else Asked.PHONE


# --- rules of the table ---------------------------------------------------------------


def heard(reply: Reply, event: Event) -> Reply:
    """The caller has said something: rules first, the model where they are unsure."""
    assert isinstance(event, Heard)
    reply = reply.count(turns=reply.counts.turns + 1, silences=0)
    context = context_of(reply.memory, reply.now)
    meaning = understand(event.text, context)
    if reply.pending.begun:
        whole = with_hour(reply.pending.begun, hear(event.text))
        meaning = understand(whole, context) if whole else meaning
        reply = reply.await_(begun="")
    limit = reply.memory.office.settings.conversation.max_turns
    answers = context.held and meaning.answer is not None
    if reply.counts.turns > limit and not (answers or meaning.danger or meaning.wants_person):
        return message.turn_limit(reply, event)
    if reply.memory.able.mind and not (meaning.danger or meaning.wants_person):
        question = question_for_model(meaning, context)
        if question is not None:
            reply = reply.wait(State.THINKING, a.AskModel(question, event.text))
            return reply.await_(meaning=meaning, heard=event, question=question)
    return act(reply, said(reply, meaning, event))


def said(reply: Reply, meaning: Meaning, event: Heard) -> Said:
    """The turn with what is known of how it was heard."""
    return Said.heard(meaning, event, reply.memory.office.settings.conversation.yes_above)


def said_of(reply: Reply) -> Said:
    """The turn that the model was asked about."""
    event = reply.pending.heard
    assert isinstance(event, Heard)
    return said(reply, reply.pending.meaning or Meaning(event.text), event)


def model_answered(reply: Reply, event: Event) -> Reply:
    """The model has scored the choices."""
    assert isinstance(event, ModelAnswered)
    turn, question = said_of(reply), reply.pending.question
    assert question is not None
    back = reply.pending.back or State.OPEN
    meaning = combine(turn.meaning, question, event.scores, context_of(reply.memory, reply.now))
    reply = reply.remember(state=back).await_(meaning=None, heard=None, question=None)
    reply = reply.note("model", question.kind, scores=[round(s, 3) for s in event.scores])
    return act(reply, replace(turn, meaning=meaning))


def overheard(reply: Reply, event: Event) -> Reply:
    """Said while we were busy: danger is acted upon at once, the rest at the caller's turn."""
    assert isinstance(event, Heard | KeyPressed)
    if isinstance(event, Heard):
        meaning = understand(event.text, context_of(reply.memory, reply.now))
        if meaning.danger and reply.memory.state is not State.ALERTING:
            return urgent.alarm(reply, meaning)
    return reply.await_(overheard=(*reply.pending.overheard, event)[-3:])


def worth_it(memory: Conversation, event: Event, now: datetime) -> bool:
    """Whether something overheard says enough to interrupt the question that was just put."""
    if isinstance(event, KeyPressed):
        return event.digit == "0"
    assert isinstance(event, Heard)
    m = understand(event.text, replace(context_of(memory, now), asked=Asked.OPEN))
    return any((m.danger, m.wants_person, m.intent, m.day, m.time, m.service, m.correction))


# --- what a turn brings ---------------------------------------------------------------


def act(reply: Reply, turn: Said) -> Reply:
    """Do what the turn asks for; what is not understood is asked again."""
    meaning = turn.meaning
    if meaning.danger:
        return urgent.alarm(reply, meaning)
    if meaning.wants_person:
        return person.asked(reply)
    state = reply.memory.last_question or State.OPEN
    if state is State.URGENT:
        return urgent.on_urgent(reply, turn)
    if meaning.not_for_us:
        ended = not_for_us.answer(reply, meaning)
        if ended is not None:
            return ended
    if meaning.repeat and not turn.brings_values:
        return repair.say_again(reply)
    if meaning.greeting and reply.memory.spoken.times("i-hear-you") < GREETINGS:
        return questions.ask(reply.say("i-hear-you"), state)
    cancels = commit.cancels_instead(turn, reply.memory.task)
    if meaning.wait and not turn.brings_values and not cancels:
        return repair.wait_for_them(reply)
    if assured := assurance.assure(reply, turn, state):
        return assured
    if meaning.unknown_practitioner and _is_about_seeing(reply, meaning, state):
        return _nobody_of_that_name(reply, turn, state)
    done = _new_task(reply, turn, state) or _in_question(reply, turn, state)
    return done or repair.missed(reply)


def _is_about_seeing(reply: Reply, meaning: Meaning, state: State) -> bool:
    """Whether a name is one of whom they want to see, not of an appointment that stands."""
    intent = meaning.intent.value if meaning.intent else Intent.BOOK
    seeing = intent in (Intent.BOOK, Intent.ASK) and state is not State.IDENTIFY
    return seeing and reply.memory.task in (Task.NONE, Task.BOOK, Task.MOVE)


_IS_THERE = re.compile(
    r"(?:(?:hi|hello|so|and|um+|uh)[, ]+)*(?:do you have|have you|is there|does)\b"
)


def _nobody_of_that_name(reply: Reply, turn: Said, state: State) -> Reply:
    """Say so, and who there is; then go on with whatever else was said."""
    meaning = turn.meaning
    reply = reply.note("nobody-of-that-name", "not-in-settings").say("nobody-of-that-name")
    only_asked = _IS_THERE.match(meaning.said.lower()) and not turn.brings_wish
    if only_asked or (meaning.asks and meaning.asks.value == "practitioners"):
        return questions.ask(reply.count(misses=0), state)
    if state in COMMIT_QUESTIONS and not (turn.no or turn.brings_wish):
        return questions.ask(reply, state)  # no yes to somebody else
    done = _new_task(reply, turn, state) or _in_question(reply, turn, state)
    if done is None and state is State.OPEN:
        done = booking.begin_with(reply, meaning)
    return done or questions.ask(reply.count(misses=0), state)


_PHONE = re.compile(r"\b(?:phone|number|mobile|cell|landline)\b")


def _new_task(reply: Reply, turn: Said, state: State) -> Reply | None:
    """The caller wants something else, or to know something, before the question is answered."""
    meaning, task = turn.meaning, reply.memory.task
    intent = meaning.intent.value if meaning.intent else None
    asks = intent is Intent.ASK or asking.is_question(meaning)
    if state is State.PHONE and meaning.asks is None and _PHONE.search(meaning.said.lower()):
        asks = False  # "I don't have a phone" answers what was asked
    answered = turn.answer in (Answer.YES, Answer.NO) and state is not State.OPEN
    if asks and not answered:
        return asking.answer(reply, meaning)
    if intent is Intent.MESSAGE:
        return message.begin(reply, meaning)
    if commit.given_up(turn, task, state):
        return commit.drop(reply)
    if commit.cancels_instead(turn, task):
        return _other_change(reply, Task.CANCEL, meaning)
    if commit.stays(turn, task):
        return changing.keep(reply)
    if intent is Intent.GOODBYE and state is not State.COMMIT_BOOKING:
        return goodbye(reply)
    if intent in _CHANGES and _CHANGES[intent] is not task:
        if task is Task.NONE or (intent is not Intent.CANCEL and not turn.brings_values):
            return changing.begin(reply, _CHANGES[intent], meaning)
        if task in (Task.WHEN, Task.CONFIRM, Task.MOVE, Task.CANCEL):
            return _other_change(reply, _CHANGES[intent], meaning)
    if intent is Intent.BOOK and task not in (Task.BOOK, Task.MOVE):
        return booking.begin_with(reply, meaning)
    return None


_CHANGES = {
    Intent.MOVE: Task.MOVE,
    Intent.CANCEL: Task.CANCEL,
    Intent.WHEN: Task.WHEN,
    Intent.CONFIRM: Task.CONFIRM,
}


def _other_change(reply: Reply, task: Task, meaning: Meaning) -> Reply:
    """ "Then cancel it": the same appointment, something else."""
    target = reply.memory.target
    if task is Task.CANCEL:  # a time that was held for the move is not needed any more
        reply = reply.form(service=None, practitioner=None, day=None, time=None, slot=None)
    if target is not None:
        wish = changing.where_wished(meaning) if task is Task.MOVE else None
        return changing.found(reply.remember(task=task, move_to=wish), target)
    return changing.look_up(reply.remember(task=task))


def _in_question(reply: Reply, turn: Said, state: State) -> Reply | None:
    """The answer to the open question, and whatever else was said with it."""
    meaning = turn.meaning
    if meaning.no_hour and state in _WHEN:
        reply = reply.say("ask-which-hour").listen(state)
        return reply.await_(begun=meaning.no_hour)
    before = reply.memory.form
    if reply.memory.task in (Task.BOOK, Task.MOVE) and state is not State.IDENTIFY:
        reply = reply.remember(form=absorb(before, _without_name_check(meaning, state)))
    if state in _CHECKS and before.slot is not None and reply.memory.form.slot is None:
        return booking.carry_on(reply.count(misses=0).remember(direction=None))
    handled = HANDLERS[state](reply, turn)
    if handled is not None:
        return handled
    changed = reply.memory.form != before
    if meaning.wants_other and reply.memory.task in (Task.BOOK, Task.MOVE):
        return _look_elsewhere(reply, turn)
    if changed and reply.memory.task in (Task.BOOK, Task.MOVE):
        return booking.carry_on(reply.count(misses=0).remember(direction=None))
    return None


def _without_name_check(meaning: Meaning, state: State) -> Meaning:
    """Names and numbers are taken by their own rules where they are the question."""
    if state in (State.NAME, State.NAME_CHECK, State.COMMIT_BOOKING):
        meaning = replace(meaning, name=None)
    if state in (State.PHONE, State.PHONE_CHECK):
        meaning = replace(meaning, phone=None)
    return meaning


def _look_elsewhere(reply: Reply, turn: Said) -> Reply:
    if reply.memory.form.service is None:
        return booking.carry_on(reply)
    way = turn.meaning.wants_other.value if turn.meaning.wants_other else "other"
    reply = offering.turn_to(reply, way).count(misses=0)
    if way == "other" and not reply.memory.form.wished_anything and not reply.memory.refused:
        return questions.ask(reply, State.DAY)
    return wishes.look(reply) if reply.memory.form.service else booking.carry_on(reply)


HANDLERS: Mapping[State, Callable[[Reply, Said], Reply | None]] = {
    State.OPEN: choosing.on_open,
    State.SERVICE: choosing.on_service,
    State.DAY: choosing.on_day,
    State.WHICH_DAY: choosing.on_which_day,
    State.WHICH_TIME: choosing.on_which_time,
    State.CHOICE: choosing.on_choice,
    State.NAME: details.on_name,
    State.NAME_CHECK: details.on_name_check,
    State.PHONE: details.on_phone,
    State.PHONE_CHECK: details.on_phone_check,
    State.COMMIT_BOOKING: commit.on_commit,
    State.CHANGE_WHAT: commit.on_change,
    State.IDENTIFY: changing.on_identify,
    State.WHICH_APPOINTMENT: changing.on_which,
    State.COMMIT_MOVE: changing.on_commit_move,
    State.COMMIT_CANCEL: changing.on_commit_cancel,
    State.OFFER_MESSAGE: choosing.on_offer_message,
    State.RESUME: choosing.on_resume,
}
"""State -> the rule for an answer to its question; None = that was no answer to it."""
