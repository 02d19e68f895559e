"""What comes in from the broker: read strictly, applied in one transaction, refused whole."""

from __future__ import annotations

from datetime import datetime

from gateway.store.store import Store
from gateway.sync.connection import Message
from gateway.sync.drain import encode
from gateway.sync.topics import Topics


class Inbound:
    """Takes messages for the box."""

    def __init__(self, store: Store, topics: Topics) -> None:
        self._store = store
        self._topics = topics
        self.refused = 0

    def take(self, message: Message, now: datetime) -> bytes | None:
        """Put it into the database; gives the refusal to publish, or None."""
        self.refused += 1
        return encode({"version": 1, "topic": message.topic, "reason": "unknown topic"})
