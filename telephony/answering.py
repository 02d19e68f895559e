"""One call leg as a table: state and event -> next state and actions. PURE.

The table is the whole truth about what the line does with a call. An event that has no row in the
state raises and changes nothing; what can happen at any time (the gateway dies, the caller hangs
up, a key is pressed, the line is stopped) has a row in every state before the end.
"""

from __future__ import annotations

from enum import Enum, auto

from gateway.errors import NoSuchTransition


class State(Enum):
    """Where a call leg is."""

    RINGING = auto()  # offered; we have decided to answer
    GREETING = auto()  # the line's own greeting plays; the gateway is connected
    CONVERSATION = auto()  # the gateway speaks and listens
    TRANSFERRING = auto()  # REFER sent, the caller still with us
    PROMPT = auto()  # the words before a message
    RECORDING = auto()  # begins with the tone
    SAVING = auto()  # the message goes to disk; the caller waits
    FILING = auto()  # the message goes to disk; the caller is gone
    ENDING = auto()  # last words play, then we hang up
    ENDED = auto()


class Event(Enum):
    """What can happen to a call leg."""

    ANSWERED = auto()  # media is ready, the gateway is connected
    ANSWERED_ALONE = auto()  # media is ready, there is no gateway
    PLAYED_OUT = auto()  # the greeting, the prompt or the last words have been heard
    GATEWAY_LOST = auto()  # closed, dead, or silent for too long
    SPEECH_OVERDUE = auto()  # our turn, and no sound for too long
    TAKE_MESSAGE = auto()
    HANG_UP = auto()
    TRANSFER = auto()
    TRANSFER_OVER = auto()  # final answer of the third party: the gateway decides what follows
    KEY = auto()
    HASH = auto()
    SILENCE = auto()  # the caller says nothing any more
    LENGTH = auto()  # the message has reached its limit
    BROKEN = auto()  # the recording cannot be written
    SAVED = auto()
    SAVED_GO_ON = auto()  # saved, and the gateway wants to go on with the call
    NOTHING_LEFT = auto()  # the recording holds no speech
    NOTHING_GO_ON = auto()
    CALLER_GONE = auto()
    STOP = auto()  # the line is being stopped


class Action(Enum):
    """What the call does about it, in this order."""

    GREET = auto()
    SEND_DIGIT = auto()
    DROP_LINK = auto()
    STOP_SOUND = auto()
    ASK = auto()  # play the words before a message
    APOLOGISE = auto()  # the same, with the apology as the words
    RECORD = auto()  # and play the tone
    FINISH_RECORDING = auto()
    NOTE_NO_MESSAGE = auto()  # a caller who left nothing still goes onto somebody's list
    REPORT_MESSAGE = auto()
    SAY_MESSAGE_SAVED = auto()
    SAY_NOTHING_RECORDED = auto()
    SAY_CANNOT_RECORD = auto()
    REFER = auto()
    CLOSE_QUEUE = auto()  # what is queued shall be heard, nothing more is added
    HANG_UP_NOW = auto()
    CLOSE = auto()  # tell the gateway that the call is over, forget the leg


S, E, A = State, Event, Action
Row = tuple[State, tuple[Action, ...]]

TABLE: dict[tuple[State, Event], Row] = {
    (S.RINGING, E.ANSWERED): (S.GREETING, (A.GREET,)),
    (S.RINGING, E.ANSWERED_ALONE): (S.PROMPT, (A.ASK,)),
    (S.RINGING, E.GATEWAY_LOST): (S.RINGING, (A.DROP_LINK,)),
    (S.RINGING, E.TRANSFER_OVER): (S.RINGING, ()),
    (S.RINGING, E.KEY): (S.RINGING, ()),
    (S.RINGING, E.HASH): (S.RINGING, ()),
    (S.RINGING, E.CALLER_GONE): (S.ENDED, (A.NOTE_NO_MESSAGE, A.CLOSE)),
    (S.RINGING, E.STOP): (S.ENDED, (A.HANG_UP_NOW, A.CLOSE)),
    #
    (S.GREETING, E.PLAYED_OUT): (S.CONVERSATION, ()),
    (S.GREETING, E.GATEWAY_LOST): (S.PROMPT, (A.DROP_LINK, A.STOP_SOUND, A.APOLOGISE)),
    (S.GREETING, E.SPEECH_OVERDUE): (S.PROMPT, (A.DROP_LINK, A.STOP_SOUND, A.APOLOGISE)),
    (S.GREETING, E.TAKE_MESSAGE): (S.PROMPT, (A.ASK,)),
    (S.GREETING, E.HANG_UP): (S.ENDING, (A.CLOSE_QUEUE,)),
    (S.GREETING, E.TRANSFER): (S.TRANSFERRING, (A.REFER,)),
    (S.GREETING, E.TRANSFER_OVER): (S.GREETING, ()),
    (S.GREETING, E.KEY): (S.GREETING, (A.SEND_DIGIT,)),
    (S.GREETING, E.HASH): (S.GREETING, (A.SEND_DIGIT,)),
    (S.GREETING, E.CALLER_GONE): (S.ENDED, (A.CLOSE,)),
    (S.GREETING, E.STOP): (S.ENDED, (A.HANG_UP_NOW, A.CLOSE)),
    #
    (S.CONVERSATION, E.GATEWAY_LOST): (S.PROMPT, (A.DROP_LINK, A.STOP_SOUND, A.APOLOGISE)),
    (S.CONVERSATION, E.SPEECH_OVERDUE): (S.PROMPT, (A.DROP_LINK, A.STOP_SOUND, A.APOLOGISE)),
    (S.CONVERSATION, E.TAKE_MESSAGE): (S.PROMPT, (A.ASK,)),
    (S.CONVERSATION, E.HANG_UP): (S.ENDING, (A.CLOSE_QUEUE,)),
    (S.CONVERSATION, E.TRANSFER): (S.TRANSFERRING, (A.REFER,)),
    (S.CONVERSATION, E.TRANSFER_OVER): (S.CONVERSATION, ()),
    (S.CONVERSATION, E.KEY): (S.CONVERSATION, (A.SEND_DIGIT,)),
    (S.CONVERSATION, E.HASH): (S.CONVERSATION, (A.SEND_DIGIT,)),
    (S.CONVERSATION, E.CALLER_GONE): (S.ENDED, (A.CLOSE,)),
    (S.CONVERSATION, E.STOP): (S.ENDED, (A.HANG_UP_NOW, A.CLOSE)),
    #
    (S.TRANSFERRING, E.TRANSFER_OVER): (S.CONVERSATION, ()),
    (S.TRANSFERRING, E.GATEWAY_LOST): (S.PROMPT, (A.DROP_LINK, A.STOP_SOUND, A.APOLOGISE)),
    (S.TRANSFERRING, E.SPEECH_OVERDUE): (S.PROMPT, (A.DROP_LINK, A.STOP_SOUND, A.APOLOGISE)),
    (S.TRANSFERRING, E.TAKE_MESSAGE): (S.PROMPT, (A.ASK,)),
    (S.TRANSFERRING, E.HANG_UP): (S.ENDING, (A.CLOSE_QUEUE,)),
    (S.TRANSFERRING, E.KEY): (S.TRANSFERRING, (A.SEND_DIGIT,)),
    (S.TRANSFERRING, E.HASH): (S.TRANSFERRING, (A.SEND_DIGIT,)),
    (S.TRANSFERRING, E.CALLER_GONE): (S.ENDED, (A.CLOSE,)),
    (S.TRANSFERRING, E.STOP): (S.ENDED, (A.HANG_UP_NOW, A.CLOSE)),
    #
    (S.PROMPT, E.PLAYED_OUT): (S.RECORDING, (A.RECORD,)),
    (S.PROMPT, E.GATEWAY_LOST): (S.PROMPT, (A.DROP_LINK,)),
    (S.PROMPT, E.TRANSFER_OVER): (S.PROMPT, ()),
    (S.PROMPT, E.KEY): (S.PROMPT, ()),
    (S.PROMPT, E.HASH): (S.PROMPT, (A.STOP_SOUND,)),
    (S.PROMPT, E.CALLER_GONE): (S.ENDED, (A.NOTE_NO_MESSAGE, A.REPORT_MESSAGE, A.CLOSE)),
    (S.PROMPT, E.STOP): (
        S.ENDED,
        (A.HANG_UP_NOW, A.NOTE_NO_MESSAGE, A.REPORT_MESSAGE, A.CLOSE),
    ),
    #
    (S.RECORDING, E.GATEWAY_LOST): (S.RECORDING, (A.DROP_LINK,)),
    (S.RECORDING, E.TRANSFER_OVER): (S.RECORDING, ()),
    (S.RECORDING, E.KEY): (S.RECORDING, ()),
    (S.RECORDING, E.HASH): (S.SAVING, (A.FINISH_RECORDING,)),
    (S.RECORDING, E.SILENCE): (S.SAVING, (A.FINISH_RECORDING,)),
    (S.RECORDING, E.LENGTH): (S.SAVING, (A.FINISH_RECORDING,)),
    (S.RECORDING, E.BROKEN): (S.SAVING, (A.FINISH_RECORDING,)),
    (S.RECORDING, E.CALLER_GONE): (S.FILING, (A.FINISH_RECORDING,)),
    (S.RECORDING, E.STOP): (S.FILING, (A.FINISH_RECORDING, A.HANG_UP_NOW)),
    #
    (S.SAVING, E.GATEWAY_LOST): (S.SAVING, (A.DROP_LINK,)),
    (S.SAVING, E.TRANSFER_OVER): (S.SAVING, ()),
    (S.SAVING, E.KEY): (S.SAVING, ()),
    (S.SAVING, E.HASH): (S.SAVING, ()),
    (S.SAVING, E.SAVED): (S.ENDING, (A.REPORT_MESSAGE, A.SAY_MESSAGE_SAVED)),
    (S.SAVING, E.SAVED_GO_ON): (S.CONVERSATION, (A.REPORT_MESSAGE,)),
    (S.SAVING, E.NOTHING_LEFT): (
        S.ENDING,
        (A.NOTE_NO_MESSAGE, A.REPORT_MESSAGE, A.SAY_NOTHING_RECORDED),
    ),
    (S.SAVING, E.NOTHING_GO_ON): (S.CONVERSATION, (A.REPORT_MESSAGE,)),
    (S.SAVING, E.BROKEN): (
        S.ENDING,
        (A.NOTE_NO_MESSAGE, A.REPORT_MESSAGE, A.SAY_CANNOT_RECORD),
    ),
    (S.SAVING, E.CALLER_GONE): (S.FILING, ()),
    (S.SAVING, E.STOP): (S.FILING, (A.HANG_UP_NOW,)),
    #
    (S.FILING, E.GATEWAY_LOST): (S.FILING, (A.DROP_LINK,)),
    (S.FILING, E.TRANSFER_OVER): (S.FILING, ()),
    (S.FILING, E.KEY): (S.FILING, ()),
    (S.FILING, E.HASH): (S.FILING, ()),
    (S.FILING, E.SAVED): (S.ENDED, (A.REPORT_MESSAGE, A.CLOSE)),
    (S.FILING, E.SAVED_GO_ON): (S.ENDED, (A.REPORT_MESSAGE, A.CLOSE)),
    (S.FILING, E.NOTHING_LEFT): (S.ENDED, (A.NOTE_NO_MESSAGE, A.REPORT_MESSAGE, A.CLOSE)),
    (S.FILING, E.NOTHING_GO_ON): (S.ENDED, (A.NOTE_NO_MESSAGE, A.REPORT_MESSAGE, A.CLOSE)),
    (S.FILING, E.BROKEN): (S.ENDED, (A.NOTE_NO_MESSAGE, A.REPORT_MESSAGE, A.CLOSE)),
    (S.FILING, E.CALLER_GONE): (S.FILING, ()),
    (S.FILING, E.STOP): (S.FILING, ()),
    #
    (S.ENDING, E.PLAYED_OUT): (S.ENDING, (A.HANG_UP_NOW,)),
    (S.ENDING, E.GATEWAY_LOST): (S.ENDING, (A.DROP_LINK,)),
    (S.ENDING, E.TRANSFER_OVER): (S.ENDING, ()),
    (S.ENDING, E.HANG_UP): (S.ENDING, ()),
    (S.ENDING, E.KEY): (S.ENDING, (A.SEND_DIGIT,)),
    (S.ENDING, E.HASH): (S.ENDING, (A.SEND_DIGIT,)),
    (S.ENDING, E.CALLER_GONE): (S.ENDED, (A.CLOSE,)),
    (S.ENDING, E.STOP): (S.ENDED, (A.HANG_UP_NOW, A.CLOSE)),
}


def step(state: State, event: Event) -> Row:
    """Next state and actions; NoSuchTransition when the event has no row in this state."""
    row = TABLE.get((state, event))
    if row is None:
        raise NoSuchTransition(f"a call that is {state.name} has no row for {event.name}")
    return row


def allows(state: State, event: Event) -> bool:
    """Whether the event has a row: for what the gateway asks at a moment that does not fit."""
    return (state, event) in TABLE
