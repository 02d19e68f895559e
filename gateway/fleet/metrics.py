"""Prometheus endpoint of the console, with `/healthz` and `/readyz` beside it.

Samples of a box have the labels site and box and no other; the rest is summed over the fleet.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from gateway.contract.fleet import Health, Outcome
from gateway.errors import StartRefused
from gateway.fleet.box import ON
from gateway.fleet.view import Line, View

RELEASES = 20
"""Releases named; the rest are "other": a broker taken over cannot make labels without end."""
Environ = dict[str, Any]
StartResponse = Callable[..., Any]


class BoxGauge(NamedTuple):
    """A number of each box."""

    name: str
    """without the prefix"""
    help: str
    """for people"""
    read: Callable[[Health], float | None]
    """None: this box has no such number"""


BOX_GAUGES = (
    BoxGauge("sip_registered", "1: registered at the telephone system",
             lambda health: _or_none(health.line_registered)),
    BoxGauge("rung", "Rung of the ladder, 5 is everything", lambda health: health.rung),
    BoxGauge("on_duty", "1: the box answers calls now", lambda health: health.on_duty),
    BoxGauge("calls_active", "Calls now", lambda health: health.calls_now),
    BoxGauge("calls_last_day", "Ended calls of 24 hours",
             lambda health: sum(health.calls_day.values())),
    BoxGauge("calls_unowned", "Calls nobody owns", lambda health: health.unowned_calls),
    BoxGauge("follow_ups_late", "Follow-ups past their due time",
             lambda health: health.follow_ups_late),
    BoxGauge("turn_latency_p95_seconds", "95th percentile of the silence before a reply",
             lambda health: _or_none(health.reply_p95_ms, 0.001)),
    BoxGauge("outbox_depth", "Events not yet at the office's broker",
             lambda health: health.outbox_queued),
    BoxGauge("outbox_oldest_seconds", "Age of the oldest of them",
             lambda health: health.outbox_oldest_s),
    BoxGauge("voicemail_waiting", "Messages not yet taken by the gateway",
             lambda health: health.spool_waiting),
    BoxGauge("disk_free_bytes", "Free disk", lambda health: health.disk_free_mb * 1_000_000),
    BoxGauge("memory_free_bytes", "Free memory", lambda health: health.memory_free_mb * 1_000_000),
    BoxGauge("soc_temperature_celsius", "Temperature", lambda health: health.temperature_c),
    BoxGauge("clock_trusted", "1: the clock can be trusted", lambda health: health.clock_trusted),
    BoxGauge("certificate_left_seconds", "Until the nearest client certificate ends",
             lambda health: _or_none(health.certificate_days, 86_400)),
)  # fmt: skip
"""Names per Prometheus' own rules: base units, unit at the end."""


def _or_none(value: float | None, unit: float = 1) -> float | None:
    return None if value is None else value * unit


class FleetMetrics(Collector):
    """Reads the console's database whenever it is scraped."""

    def __init__(self, view: View, connected: Callable[[], bool]) -> None:
        self._view = view
        self._connected = connected
        self._lock = threading.Lock()

    def collect(self) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
        """All families, from one look at the database."""
        with self._lock:
            self._view.refresh()
            lines = list(self._view.lines.values())
        yield from self._fleet(lines)
        yield from _boxes(lines)

    def _fleet(self, lines: list[Line]) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
        yield _one("fleet_broker_connected", "1: connected to the broker", self._connected())
        yield _counted(
            "fleet_boxes", "Boxes by state", "state", Counter(line.box.status for line in lines)
        )
        alerts = Counter(
            (episode.kind.value, episode.severity.value)
            for line in lines
            for episode in line.alerts
        )
        family = GaugeMetricFamily(
            "nightporter_fleet_alerts_open", "Open alerts", labels=["kind", "severity"]
        )
        for labels, count in alerts.items():
            family.add_metric(list(labels), count)
        yield family
        healths = [line.health for line in lines if line.health is not None]
        calls: Counter[Outcome] = Counter()
        for health in healths:
            calls.update(health.calls_day)
        yield _counted("fleet_calls_last_day", "Ended calls of 24 hours", "outcome", calls)
        releases = Counter(health.release for health in healths)
        named = dict(releases.most_common(RELEASES))
        if len(releases) > RELEASES:
            named["other"] = releases.total() - sum(named.values())
        yield _counted("fleet_releases", "Boxes by release", "release", named)
        with self._view.database.reading() as db:
            refused = db.rows("SELECT code, count FROM refused")
        total = CounterMetricFamily(
            "nightporter_fleet_messages_refused", "Messages refused whole", labels=["code"]
        )
        for code, count in refused:
            total.add_metric([code], count)
        yield total


def _one(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"nightporter_{name}", text, value=float(value))


def _counted(name: str, text: str, label: str, counts: Any) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"nightporter_{name}", text, labels=[label])
    for key, count in counts.items():
        family.add_metric([str(key)], count)
    return family


def _boxes(lines: Iterable[Line]) -> Iterator[GaugeMetricFamily]:
    up = _box_family("up", "1: ready or in alert; 0: lost, off, starting or silent")
    heard = _box_family("heard_timestamp_seconds", "Last sign of life")
    alerts = _box_family("alerts_open", "Open alerts")
    gauges = [(gauge, _box_family(gauge.name, gauge.help)) for gauge in BOX_GAUGES]
    for line in lines:
        labels = [line.box.site, line.box.box]
        up.add_metric(labels, float(line.box.status in ON))
        heard.add_metric(labels, line.box.heard)
        alerts.add_metric(labels, len(line.alerts))
        if line.health is None:
            continue
        for gauge, family in gauges:
            value = gauge.read(line.health)
            if value is not None:
                family.add_metric(labels, float(value))
    yield from (up, heard, alerts, *(family for _, family in gauges))


def _box_family(name: str, text: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"nightporter_{name}", text, labels=["site", "box"])


class _Quiet(WSGIRequestHandler):
    """No line on the terminal for each scrape."""

    timeout = 10
    """seconds that a client may keep us waiting"""

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


class Endpoint:
    """The HTTP server, in a thread of its own; port 0 takes any free one."""

    def __init__(
        self, host: str, port: int, metrics: FleetMetrics, ready: Callable[[], bool]
    ) -> None:
        registry = CollectorRegistry()
        registry.register(metrics)
        self._ready = ready
        self._metrics = make_wsgi_app(registry)
        try:
            self._server: WSGIServer = make_server(host, port, self._serve, handler_class=_Quiet)
        except OSError as error:
            raise StartRefused(
                f"{host}:{port}: cannot listen: {error.strerror}; choose another --listen"
            ) from error
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Answer no longer."""
        self._server.shutdown()
        self._server.server_close()

    def _serve(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == "/metrics":
            answer: Iterable[bytes] = self._metrics(environ, start_response)
            return answer
        if path in ("/healthz", "/livez"):
            return _health(start_response, True)
        if path == "/readyz":
            return _health(start_response, self._ready())
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"/metrics, /healthz, /readyz\n"]


def _health(start_response: StartResponse, well: bool) -> list[bytes]:
    status = "200 OK" if well else "503 Service Unavailable"
    start_response(status, [("Content-Type", "application/health+json")])
    return [json.dumps({"status": "pass" if well else "fail"}).encode()]
