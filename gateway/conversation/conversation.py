"""One call's conversation: `start` it, `step` it with each event, do what it asks for.

    conversation = start(settings)
    conversation, actions = step(conversation, CallAnswered(caller="+1..."), now)

Pure: `now` (local wall time, naive) arrives with the event. An event with no row in the table
raises NoSuchTransition and changes nothing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from gateway.contract.settings import Settings
from gateway.conversation import actions as a
from gateway.conversation import breath, doubles, message, questions, turns
from gateway.conversation.events import Event, Heard, KeyPressed
from gateway.conversation.keypad import key
from gateway.conversation.meaning import Context
from gateway.conversation.memory import Conversation, Task
from gateway.conversation.office import Office
from gateway.conversation.progress import progress
from gateway.conversation.reply import Reply
from gateway.conversation.rules import RULES
from gateway.conversation.sentences import check_own_sentences, fixed_phrases
from gateway.conversation.states import QUESTIONS, State, rule_for
from gateway.conversation.understanding import understand
from gateway.errors import ConversationError

__all__ = ["Conversation", "fixed_phrases", "office_of", "progress", "start", "step"]


def office_of(settings: Settings) -> Office:
    """The office; SettingsError when one of its own sentences is wrong."""
    check_own_sentences(settings)
    return Office(settings)


def start(office: Office | Settings) -> Conversation:
    """A conversation that waits for its call."""
    return Conversation(office if isinstance(office, Office) else Office(office))


def step(
    conversation: Conversation, event: Event, now: datetime
) -> tuple[Conversation, tuple[a.Action, ...]]:
    """What follows from an event; NoSuchTransition when nothing can."""
    now = now.replace(tzinfo=None)
    rule = rule_for(conversation.state, event)
    reply = Reply(conversation, now)
    if rule.name == "heard" and isinstance(event, Heard):
        reply, event = _one_thing(reply, event)
    if isinstance(event, Heard) and not event.text and _has_turns_left(reply):
        reply = reply.count(turns=reply.counts.turns + 1, silences=0, misses=0)
        reply = questions.ask(reply, reply.memory.last_question or State.OPEN)
    else:
        reply = RULES[rule.name](reply, event)
    after = reply.memory.state
    if after is not conversation.state and after not in rule.goes:
        raise ConversationError(
            f"the table does not know {conversation.state} -> {after} on {type(event).__name__}"
        )
    if after in QUESTIONS and conversation.state not in QUESTIONS:
        reply = _now_that_they_can(reply)
    while reply.memory.state is State.OPEN and reply.pending.later:
        reply = _the_other_thing(_without_listen(reply))
    return reply.end()


def _the_other_thing(reply: Reply) -> Reply:
    """What was said in the same breath as the thing that is done now."""
    rest, reply = Heard(reply.pending.later), reply.await_(later="")
    if reply.memory.done:
        reply = reply.say("next-thing")
    return turns.heard(*_one_thing(reply, rest))


def _one_thing(reply: Reply, event: Heard) -> tuple[Reply, Heard]:
    """The first of two wishes; the second waits until the first is done."""
    reply, event = _one_of_each(reply, event)
    now, later = breath.first_and_rest(event.text, turns.context_of(reply.memory, reply.now))
    if not later:
        return reply, event
    reply = reply.note("two-things", "one-after-the-other")
    return _later(reply, later), Heard(now, event.sure, event.over_us)


def _one_of_each(reply: Reply, event: Heard) -> tuple[Reply, Heard]:
    """One service and one person; the caller hears that the others come afterwards."""
    memory = reply.memory
    if memory.task not in (Task.NONE, Task.BOOK) or memory.last_question is State.URGENT:
        return reply, event
    context = turns.context_of(memory, reply.now)
    booked = memory.form.service.value if memory.form.service and memory.task is Task.BOOK else ""
    if memory.pending.later and doubles.given_up(event.text, context, memory.pending.later, booked):
        reply = reply.await_(later="").note("dropped", "caller-asked").say("dropped")
        return reply, replace(event, text="")
    for double in (
        doubles.two_services(event.text, context),
        doubles.added_service(event.text, context, booked) if booked else None,
        doubles.added_at_yes(event.text, context, booked) if booked else None,
    ):
        if double is not None and not _more_than_a_wish(event.text, context):
            reply = reply.note("two-things", "two-services")
            if double.services is not None:
                first, second = double.services
                reply = reply.say("one-then-other", a_service=first, a_service2=second)
            reply, event = _later(reply, double.later), replace(event, text=double.now)
            break
    people = doubles.two_people(event.text, context)
    if people is not None and not _more_than_a_wish(event.text, context):
        reply = reply.note("two-things", "two-people").say("one-by-one")
        reply, event = _later(reply, people.later), replace(event, text=people.now)
    return reply, event


def _has_turns_left(reply: Reply) -> bool:
    """Whether the whole turn was a wish for later, and there may be more of them."""
    limit = reply.memory.office.settings.conversation.max_turns
    return bool(reply.actions) and reply.counts.turns < limit


def _more_than_a_wish(said: str, context: Context) -> bool:
    """Danger, a person or another language come first."""
    meaning = understand(said, context)
    return bool(meaning.danger or meaning.wants_person or meaning.not_for_us)


def _later(reply: Reply, words: str) -> Reply:
    """Taken up when the first thing is done; once, however often it was said."""
    if words in reply.pending.later:
        return reply
    rest = f"{words}. {reply.pending.later}" if reply.pending.later else words
    return reply.await_(later=rest)


def _now_that_they_can(reply: Reply) -> Reply:
    """It is the caller's turn again: what came meanwhile is dealt with as if it came now."""
    if reply.memory.state is State.URGENT:
        return reply
    if reply.pending.limit:
        return message.turn_limit(_without_listen(reply), Event())
    waiting, reply = reply.pending.overheard, reply.await_(overheard=())
    for event in waiting:
        if not turns.worth_it(reply.memory, event, reply.now):
            continue
        reply = _without_listen(reply)
        if isinstance(event, Heard):
            return turns.heard(reply, Heard(event.text, event.sure, over_us=True))
        assert isinstance(event, KeyPressed)
        return key(reply, event)
    return reply


def _without_listen(reply: Reply) -> Reply:
    actions = tuple(action for action in reply.actions if not isinstance(action, a.Listen))
    return Reply(reply.memory, reply.now, actions)
