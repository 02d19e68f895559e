"""Names of the office's topics; docs/asyncapi.yaml describes each.

nightporter/v1/{site}/{box}/state               retained, and the last will
nightporter/v1/{site}/{box}/info                retained
nightporter/v1/{site}/{box}/health              retained, each minute, for Home Assistant
nightporter/v1/{site}/{box}/booking/{uid}       retained: the appointment as it stands
nightporter/v1/{site}/{box}/event/{type}        each change once, in the order of `sequence`
nightporter/v1/{site}/{box}/sequence            retained: how far the events have been sent
nightporter/v1/{site}/{box}/refused             what came in and was refused, with the reason
nightporter/v1/{site}/{box}/calendar            retained: the calendar bridge, and its will
nightporter/v1/{site}/{box}/in/{what}           to the box: busy/{practitioner}, appointment,
                                                decision, exceptions, replay
"""

from __future__ import annotations

from dataclasses import dataclass

ROOT = "nightporter"
VERSION = "v1"


@dataclass(frozen=True)
class Topics:
    """Topics of one box."""

    site: str
    """short name of the site"""
    box: str
    """short name of the box"""

    @property
    def base(self) -> str:
        """What all of the box's topics begin with."""
        return f"{ROOT}/{VERSION}/{self.site}/{self.box}"

    @property
    def state(self) -> str:
        """Retained state of the box."""
        return f"{self.base}/state"

    @property
    def info(self) -> str:
        """Retained facts about the box."""
        return f"{self.base}/info"

    @property
    def health(self) -> str:
        """Retained health of the box, for Home Assistant."""
        return f"{self.base}/health"

    @property
    def sequence(self) -> str:
        """Retained position of the stream of events."""
        return f"{self.base}/sequence"

    @property
    def refused(self) -> str:
        """Refusals of what came in."""
        return f"{self.base}/refused"

    @property
    def calendar(self) -> str:
        """Retained state of the calendar bridge, which alone writes it."""
        return f"{self.base}/calendar"

    @property
    def inbound(self) -> str:
        """Filter of everything for the box."""
        return f"{self.base}/in/#"

    def booking(self, uid: str) -> str:
        """Retained document of an appointment."""
        return f"{self.base}/booking/{uid}"

    def event(self, kind: str) -> str:
        """One kind of event, e.g. appointment.booked."""
        return f"{self.base}/event/{kind}"

    def into(self, what: str) -> str:
        """A topic to the box, e.g. busy/weber."""
        return f"{self.base}/in/{what}"

    def name_of(self, topic: str) -> str | None:
        """What stands after in/, or None when the topic is not for this box."""
        prefix = f"{self.base}/in/"
        return topic.removeprefix(prefix) if topic.startswith(prefix) else None
