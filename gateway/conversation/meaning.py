"""What a caller's words mean, typed: every value says where it came from and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Generic, TypeVar

from gateway.contract.opening_hours import OpeningHours

T = TypeVar("T")


class Source(StrEnum):
    """Where a value came from."""

    WORDS = "words"
    """rules and grammar over what was said"""
    MODEL = "model"
    """the language model preferred one of our choices"""
    KEYPAD = "keypad"
    CALLER_ID = "caller-id"


class Intent(StrEnum):
    """What a caller wants; `asks` of Meaning says about what."""

    BOOK = "book"
    MOVE = "move"
    CANCEL = "cancel"
    WHEN = "when"
    """asks when their own appointment is"""
    CONFIRM = "confirm"
    """confirms that they will come"""
    ASK = "ask"
    """asks for a fact: hours, address, price, ..."""
    MESSAGE = "message"
    PERSON = "person"
    GOODBYE = "goodbye"
    NOT_FOR_US = "not-for-us"
    """wrong number, sales, robocall, another bot, prank"""


class Answer(StrEnum):
    """Reaction to a closed question."""

    YES = "yes"
    NO = "no"
    VAGUE = "vague"
    """ "uh-huh", "okay", "right", "mm": heard, but no commitment"""


class Asked(StrEnum):
    """What we asked last: the context in which words are read."""

    SERVICE = "service"
    PRACTITIONER = "practitioner"
    DAY = "day"
    TIME = "time"
    NAME = "name"
    PHONE = "phone"
    YES_NO = "yes-no"
    CHOICE = "choice"
    """which of the offered times"""
    OPEN = "open"
    """how can I help, anything else"""


@dataclass(frozen=True)
class Value(Generic[T]):
    """One thing understood."""

    value: T
    """what it is"""
    words: str
    """the caller's words it came from; empty for caller ID"""
    source: Source = Source.WORDS
    """where it came from"""
    sure: float = 1.0
    """0..1"""


@dataclass(frozen=True)
class Window:
    """Part of a day."""

    start: time
    """from, local"""
    end: time
    """until, local"""


@dataclass(frozen=True)
class DayWish:
    """Days as the caller put them; empty fields were not said."""

    days: tuple[date, ...] = ()
    """days wished; several = any of them, in the order said"""
    not_days: tuple[date, ...] = ()
    """days ruled out"""
    weekdays: tuple[int, ...] = ()
    """any such weekday (0 = Monday), where no date was meant ("Mondays are good")"""
    not_weekdays: tuple[int, ...] = ()
    """weekdays ruled out"""
    earliest: date | None = None
    """not before this day"""
    latest: date | None = None
    """not after this day"""
    soonest: bool = False
    """ "first available", "as soon as possible" """
    impossible: bool = False
    """a day that does not exist was named ("the 31st of June")"""
    ambiguous: tuple[date, ...] = ()
    """the days it could be, when it must be asked ("next Friday" said on a Wednesday)"""


@dataclass(frozen=True)
class TimeWish:
    """Times of day as the caller put them; empty fields were not said."""

    times: tuple[time, ...] = ()
    """clock times wished; several = any of them"""
    windows: tuple[Window, ...] = ()
    """parts of the day wished ("mornings", "between two and four")"""
    not_windows: tuple[Window, ...] = ()
    """parts of the day ruled out"""
    not_before: time | None = None
    """not before"""
    not_after: time | None = None
    """not after"""
    approximate: bool = False
    """ "around", "ish" """
    half_day_said: bool = False
    """whether a.m. or p.m. was said; otherwise the opening hours decided"""
    ambiguous: tuple[time, ...] = ()
    """both readings, when the hours leave both open and it must be asked"""


@dataclass(frozen=True)
class Meaning:
    """Everything found in one turn; None or empty = not said."""

    said: str
    """the caller's words, as recognised"""
    intent: Value[Intent] | None = None
    """what they want"""
    asks: Value[str] | None = None
    """with Intent.ASK: topic of a fact, or "hours", "price", "services", "practitioners" """
    answer: Value[Answer] | None = None
    """yes, no, vague"""
    day: Value[DayWish] | None = None
    """days"""
    time: Value[TimeWish] | None = None
    """times"""
    no_hour: str = ""
    """a clock time without its hour: "quarter to" """
    same_time: bool = False
    """ "the same time" was said, and nothing was spoken of that it could be the time of"""
    choice: Value[int] | None = None
    """which of the offered times, counted from 0"""
    wants_other: Value[str] | None = None
    """alternatives to what was offered: "other", "earlier", "later", "sooner-day", "later-day" """
    name: Value[str] | None = None
    """name of who is to come: the caller's, or that of `client`"""
    own_name: Value[str] | None = None
    """the caller's name, where the appointment is for somebody else"""
    client: Value[str] | None = None
    """who it is for, as the caller calls them ("son"); None = the caller"""
    spelled: bool = False
    """the name was spelled letter by letter"""
    phone: Value[str] | None = None
    """a telephone number, digits (leading + kept)"""
    phone_partial: bool = False
    """too few digits for a number: more will come"""
    same_number: bool = False
    """ "this number", "the one I'm calling from" """
    service: Value[str] | None = None
    """key of a service"""
    practitioner: Value[str] | None = None
    """key of a practitioner; "any" when they do not mind"""
    unknown_practitioner: Value[str] | None = None
    """somebody asked for by a name that nobody here has"""
    danger: Value[str] | None = None
    """words for danger, found before anything else"""
    wants_person: Value[bool] | None = None
    """wants a human being"""
    not_for_us: Value[str] | None = None
    """wrong-number, sales, robocall, bot, prank, insult, child, fax, language:es|fr|de|..."""
    correction: bool = False
    """ "no, sorry, ...": replaces what was said before"""
    repeat: bool = False
    """ "pardon?", "say that again" """
    wait: bool = False
    """ "one moment" """
    greeting: bool = False
    """ "hello?", "can you hear me?", and nothing else"""
    thanks: bool = False
    """ "thank you" """
    in_scope: bool = True
    """False: nothing that an office's receptionist deals with"""


@dataclass(frozen=True)
class Named:
    """Something with a key that callers name in their own ways."""

    key: str
    """key in site.toml"""
    name: str
    """as it is spoken"""
    asked_as: tuple[str, ...] = ()
    """other words for it"""


@dataclass(frozen=True)
class Vocabulary:
    """The office's own words."""

    services: tuple[Named, ...]
    """what can be booked"""
    practitioners: tuple[Named, ...]
    """who sees clients"""
    facts: tuple[Named, ...]
    """what can be asked; key = topic"""
    people: tuple[Named, ...]
    """whom messages can be for"""
    danger_words: tuple[str, ...]
    """the office's own words for danger"""
    opening: OpeningHours
    """decides between half past two in the night and in the afternoon"""
    country: str = "US"
    """ISO 3166; decides number formats and "half five" """
    office_name: str = ""
    """as it is spoken"""


@dataclass(frozen=True)
class Context:
    """In what situation words were said."""

    now: datetime
    """local wall time, naive"""
    vocabulary: Vocabulary
    """the office's own words"""
    asked: Asked | None = None
    """what we asked last"""
    offered: tuple[datetime, ...] = ()
    """starts of the times that we offered, in the order spoken"""
    offered_day: date | None = None
    """the day under discussion ("at three", "that afternoon")"""
    held: bool = False
    """True when the question was a commit question (book it? cancel it?)"""
    act: Intent | None = None
    """what a commit question would do: BOOK, MOVE or CANCEL; "cancel it" is a yes to one only"""
    stands: datetime | None = None
    """start of the appointment that is being spoken of ("same time on Thursday")"""


@dataclass(frozen=True)
class ModelQuestion:
    """A question to the language model: which of our choices is meant?"""

    kind: str
    """what the choices stand for: intent, service, choice, fact, answer"""
    instruction: str
    """the same for all questions of a kind"""
    context: str
    """what was asked, in words"""
    choices: tuple[str, ...]
    """as the model reads them"""
    values: tuple[str, ...]
    """what each choice stands for in code; "" = none of them"""
