"""MQTT discovery for Home Assistant: the box as one device, with counts and no caller; pure.

Source: Home Assistant's documentation of the MQTT integration, "Device discovery payload".
"""

from __future__ import annotations

from gateway.store.columns import Document
from gateway.sync.topics import Topics

PREFIX = "homeassistant"
"""Home Assistant's default discovery prefix."""
STATUS = f"{PREFIX}/status"
"""Home Assistant says "online" here after its start, and wants everything once more."""
ONLINE = b"online"
FRESH_S = 300
"""Health comes each minute; older than this it says nothing about now."""

SENSORS = (
    ("rung", "Rung", "value_json.rung", None),
    ("calls_now", "Calls now", "value_json.calls_now", None),
    ("calls_day", "Calls in 24 hours", "value_json.calls_day.values() | sum", None),
    ("calls_week", "Calls in 7 days", "value_json.calls_week", None),
    ("follow_ups_open", "Follow-ups open", "value_json.follow_ups_open", None),
    ("follow_ups_late", "Follow-ups late", "value_json.follow_ups_late", None),
    ("unowned_calls", "Calls nobody owns", "value_json.unowned_calls", None),
    ("outbox_queued", "Events waiting", "value_json.outbox_queued", None),
    ("reply_p95_ms", "Silence before a reply", "value_json.reply_p95_ms | default(none)", "ms"),
    ("disk_free_percent", "Disk free", "value_json.disk_free_percent", "%"),
    ("temperature_c", "Temperature", "value_json.temperature_c | default(none)", "°C"),
)
"""Key, name, template, unit."""
ANSWERS = (
    ("line", "Line", "value_json.line_registered | default(value_json.programs.line.ready)",
     "connectivity"),
    ("on_duty", "On duty", "value_json.on_duty", None),
    ("clock", "Clock wrong", "not value_json.clock_trusted", "problem"),
)  # fmt: skip
"""Key, name, template of a yes or no, device class."""


def device_id(topics: Topics) -> str:
    """The device in Home Assistant."""
    return f"nightporter-{topics.site}-{topics.box}"


def discovery_topic(topics: Topics) -> str:
    """Where the device is announced; an empty retained payload removes it."""
    return f"{PREFIX}/device/{device_id(topics)}/config"


def discovery(topics: Topics, release: str) -> Document:
    """Payload of the announcement: device (dev), origin (o) and components (cmps)."""
    device = device_id(topics)
    components: Document = {}
    for key, name, template, unit in SENSORS:
        components[key] = {
            "p": "sensor",
            "unique_id": f"{device}-{key}",
            "name": name,
            "value_template": "{{ " + template + " }}",
            "state_class": "measurement",
            "expire_after": FRESH_S,
        } | ({"unit_of_measurement": unit} if unit else {})
    components["temperature_c"]["device_class"] = "temperature"
    for key, name, template, kind in ANSWERS:
        components[key] = {
            "p": "binary_sensor",
            "unique_id": f"{device}-{key}",
            "name": name,
            "value_template": "{{ 'ON' if (" + template + ") else 'OFF' }}",
            "expire_after": FRESH_S,
        } | ({"device_class": kind} if kind else {})
    return {
        "dev": {
            "identifiers": [device],
            "name": f"Nightporter {topics.site} {topics.box}",
            "manufacturer": "Nightporter",
            "sw_version": release,
        },
        "o": {"name": "nightporter", "sw_version": release},
        "cmps": components,
        "state_topic": topics.health,
        "qos": 1,
        "availability": [
            {
                "topic": topics.state,
                "value_template": "{{ 'offline' if value_json.state in ['lost', 'disconnected'] "
                "else 'online' }}",
            }
        ],
    }
