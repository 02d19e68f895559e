"""Whatever happens in whatever order: never stuck, never a claim without its row, always an end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.appointments.records import Booked, Noted, Status
from gateway.conversation import actions as a
from gateway.conversation import events as e
from gateway.conversation.conversation import Conversation, start, step
from gateway.conversation.memory import Abilities
from gateway.conversation.sentences import PROOF
from gateway.conversation.states import QUESTIONS, State
from gateway.errors import NoSuchTransition
from tests.conversation import world
from tests.conversation.world import NOW, answer_to, changed, office

PHRASES = (
    "I'd like to book an appointment", "a cleaning please", "a check-up on Tuesday at ten",
    "Tuesday morning", "the first one", "the second", "no", "yes", "yes please", "okay", "mm hm",
    "Anna Brown", "my name is Peter Stone", "B R A U N", "two one two five five five zero one two",
    "two one two five five five zero one two three", "use this number", "no sorry, Wednesday",
    "anything earlier", "none of those", "I want to cancel my appointment", "move my appointment",
    "when is my appointment", "I'm calling to confirm my appointment",
    "what are your opening hours",
    "how much is a check-up", "where can I park", "do you sell dogs", "can I speak to a person",
    "I want to leave a message", "there is a fire", "you stupid machine", "sorry wrong number",
    "congratulations you have won a cruise", "hola quisiera hacer una cita", "goodbye",
    "one moment please", "can you repeat that", "on the 31st of June", "last Monday", "",
    "forget it", "the name is wrong", "the number is wrong", "another time", "flurbl gnorp",
    "Christmas Day", "with Doctor Patel", "a filling with Doctor Patel on Tuesday", "thanks",
    "so is it booked?", "did that go through", "just cancel it", "no hablo inglés", "zero",
)  # fmt: skip
WORDS = st.one_of(st.sampled_from(PHRASES), st.text(max_size=30))
HEARD = st.builds(e.Heard, WORDS, st.floats(0, 1), st.booleans())
OUTSIDE = st.one_of(
    HEARD, HEARD, HEARD, HEARD,
    st.builds(e.KeyPressed, st.sampled_from("0123456789*#")),
    st.sampled_from([
        e.CallerSilent(), e.SpeechFinished(), e.TurnLimit(), e.ModelBack(5), e.ModelBack(4),
        e.ModelFailed("language-model"), e.ModelFailed("recogniser"), e.ModelFailed("voice"),
    ]),
)  # fmt: skip
CALLS = st.builds(
    e.CallAnswered,
    caller=st.sampled_from([world.CALLER, None]),
    rung=st.integers(2, 5),
    calendar_fresh=st.booleans(),
    open_bookings=st.sampled_from([0, 0, 0, 5]),
    calls_last_hour=st.sampled_from([1, 1, 1, 99]),
)
RULES = st.sampled_from(["message", "call-back", "transfer"])
OFFICES = {
    rule: changed(handover={"rule": rule, "person": "on-call"})
    for rule in ("message", "call-back", "transfer")
}


def answers(action: a.Action) -> list[e.Event]:
    """All that a store, a line or a model may answer, good and bad."""
    good = answer_to(action)
    if good is None:
        return []
    found = [good, e.StoreFailed(type(action).__name__)]
    match action:
        case a.AskModel():
            return [good, e.ModelFailed("language-model")]
        case a.TransferCall():
            return [good, e.TransferProgressed(180, final=False), e.TransferProgressed(486, True)]
        case a.RecordMessage():
            return [good, e.MessageRecorded("", 0), e.MessageRecorded("clip", 3.0)]
        case a.FindSlots():
            later = world.slots(world.TUESDAY + timedelta(days=2))
            found += [e.SlotsFound((), False), e.SlotsFound(later[:1], False)]
        case a.HoldSlot(slot=slot):
            found.append(e.SlotGone(slot))
        case a.CommitBooking(draft=draft):
            found.append(e.SlotGone(draft.slot))
        case a.CommitMove(slot=slot):
            found.append(e.SlotGone(slot))
        case a.FindAppointments():
            two = (world.appointment(), world.appointment(uid="u2", service="cleaning"))
            found += [e.AppointmentsFound(()), e.AppointmentsFound(two)]
    return found


class Run:
    """A call in which anything may happen; checks what must hold after each step."""

    def __init__(self, call: e.CallAnswered, rule: str) -> None:
        self.conversation: Conversation = start(OFFICES[rule])
        self.waiting: list[a.Action] = []
        self.ends = 0
        self.receipts: set[type] = set()
        self.step(call)

    def step(self, event: e.Event) -> None:
        """One event; one that cannot happen changes nothing."""
        before = self.conversation
        try:
            self.conversation, actions = step(before, event, NOW)
        except NoSuchTransition:
            assert self.conversation is before
            return
        self.receipts.add(type(getattr(event, "receipt", None)))
        for action in actions:
            self.check(action, event)
            if answers(action):
                self.waiting.append(action)
        listens = [n for n, action in enumerate(actions) if isinstance(action, a.Listen)]
        assert listens in ([], [len(actions) - 1]), "listening comes last, once"
        waits = self.conversation.state not in QUESTIONS | {State.ENDED}
        assert self.waiting or not waits, f"stuck in {self.conversation.state}"
        last = self.conversation.state is State.ENDED
        assert not last or self.ends == 1, "an ended call has exactly one outcome"

    def check(self, action: a.Action, event: e.Event) -> None:
        """No claim without its receipt; nothing personal on disk; one end."""
        self.ends += isinstance(action, a.EndCall)
        if not isinstance(action, a.Say):
            return
        if action.key in PROOF:
            assert PROOF[action.key] in self.receipts, f"{action.key} after {event}"
        if (
            isinstance(receipt := getattr(event, "receipt", None), Booked)
            and action.key == "booked"
        ):
            assert receipt.appointment.status is Status.CONFIRMED
        for clause in action.clauses:
            assert clause.text.strip()
            assert not clause.keep or "Brown" not in clause.text
            assert clause.keep or self.conversation.able.voice, "only recorded pieces"

    def good_answer(self) -> e.Event:
        """What a store that works answers to what has waited longest."""
        event = answer_to(self.waiting.pop(0))
        assert event is not None
        return event

    def answer_one(self, draw: Any) -> None:
        """Answer one of the things that are waited for, well or badly."""
        number = draw(st.integers(0, len(self.waiting) - 1))
        event = draw(st.sampled_from(answers(self.waiting[number])))
        if getattr(event, "final", True):
            self.waiting.pop(number)
        self.step(event)


@given(st.data(), CALLS, RULES)
@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_call_gets_stuck_or_claims_what_is_not_so(
    data: st.DataObject, call: e.CallAnswered, rule: str
) -> None:
    run = Run(call, rule)
    for _ in range(data.draw(st.integers(1, 40))):
        if run.conversation.state is State.ENDED:
            break
        if run.waiting and data.draw(st.integers(0, 5)):
            run.answer_one(data.draw)
        else:
            run.step(data.draw(OUTSIDE))
    run.step(e.CallerHungUp())
    for _ in range(40):
        if not run.waiting or run.conversation.state is State.ENDED:
            break
        run.step(run.good_answer())
    assert run.conversation.state is State.ENDED
    assert run.ends == 1


@given(st.lists(WORDS, min_size=60, max_size=60))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_call_in_which_nothing_is_understood_comes_to_an_end(words: list[str]) -> None:
    conversation = world.answered()
    for n in range(60):
        if conversation.state is State.ENDED:
            break
        conversation, _ = world.talk(conversation, e.Heard(f"flurbl {n} gnorp", 0.9))
    assert conversation.state is State.ENDED


@given(st.data(), st.lists(OUTSIDE, max_size=15))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_step_is_a_pure_function_of_what_goes_in(data: st.DataObject, events: list[Any]) -> None:
    conversation = world.answered()
    for event in events:
        if conversation.state is State.ENDED:
            return
        first = _outcome(conversation, event)
        assert _outcome(conversation, event) == first
        conversation = first[0] if first else conversation


def _outcome(conversation: Conversation, event: e.Event) -> Any:
    try:
        return step(conversation, event, NOW)
    except NoSuchTransition:
        return None


def test_the_checks_of_these_properties_can_fail() -> None:
    run = Run(e.CallAnswered(caller=world.CALLER), "message")
    claim = a.Say("booked", (a.Clause("That's booked."),))
    try:
        run.check(claim, e.Committed(world.noted()))
    except AssertionError:
        return
    raise AssertionError("a claim with the wrong receipt was not noticed")


assert Noted is PROOF["message-noted"]
assert Abilities.on(2) == Abilities(mind=False, ears=False, voice=False)
assert office() is office()
