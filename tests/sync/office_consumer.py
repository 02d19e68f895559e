"""An integrator's program for the chaos test: keeps a table of bookings and the order of events."""

from __future__ import annotations

import sqlite3
import sys
import time
from typing import Any

from gateway.contract.settings import Broker
from gateway.errors import SyncError
from gateway.sync.connection import Address, Connection, Will
from gateway.sync.consumer import Consumer, Took

ASK_AGAIN_S = 5.0
"""Requests or their answers get lost here."""


def opened(path: str) -> sqlite3.Connection:
    """The office's own database."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("CREATE TABLE IF NOT EXISTS seen (sequence INTEGER, id TEXT, uid TEXT)")
    db.execute("CREATE TABLE IF NOT EXISTS bookings (uid PRIMARY KEY, revision, status, start)")
    return db


def apply(db: sqlite3.Connection, event: dict[str, Any]) -> None:
    """One event into the office's tables."""
    db.execute("INSERT INTO seen VALUES (?, ?, ?)", (event["sequence"], event["id"], event["uid"]))
    if event["type"].startswith("appointment."):
        after = event["after"]
        db.execute(
            "INSERT OR REPLACE INTO bookings VALUES (?, ?, ?, ?)",
            (after["uid"], after["sequence"], after["status"], after["start"]),
        )


def listen(consumer: Consumer, port: int) -> None:
    """One connection, until it breaks."""
    address = Address(
        Broker(host="127.0.0.1", port=port, keep_alive_s=5),
        "office",
        subscriptions=("nightporter/v1/+/+/event/#", "nightporter/v1/+/+/sequence"),
    )
    connection = Connection(address, Will("office/state", b"{}"))
    connection.open()
    asked = 0.0
    while True:
        connection.turn(0.05)
        if time.monotonic() - asked > ASK_AGAIN_S:
            asked = time.monotonic()
            for topic, payload in consumer.replays():
                connection.publish(topic, payload)
        while (message := connection.take_message()) is not None:
            told = message.topic.endswith("/sequence")
            took: Took = (consumer.take_position if told else consumer.take)(message.payload)
            if took.replay is not None:
                connection.publish(took.replay_topic, took.replay)
            connection.acknowledge(message)


def main() -> None:
    """office_consumer.py DATABASE PORT: until killed."""
    consumer = Consumer(opened(sys.argv[1]), apply)
    while True:
        try:
            listen(consumer, int(sys.argv[2]))
        except SyncError:
            time.sleep(0.2)


if __name__ == "__main__":
    main()
