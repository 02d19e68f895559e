"""The console against a real Mosquitto with fifty boxes that behave."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import textwrap
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from prometheus_client.parser import text_string_to_metric_families

from gateway.contract.fleet import AlertKind
from gateway.errors import NightporterError
from gateway.fleet import keys, sender
from gateway.fleet.cli import fleet
from tests.contract.test_mqtt_client import publish_with_mark
from tests.fleet_console import said
from tests.fleet_console.conftest import Boxes, Console, write_settings
from tests.sync.broker import Mosquitto, Observer, until
from tests.sync.operator_side import Authority

pytestmark = pytest.mark.processes

MakeBoxes = Callable[..., Boxes]
MakeConsole = Callable[..., Console]
COUNT = 50


def nightporter(config: Path, *arguments: str) -> Result:
    """`nightporter fleet …` in this process."""
    result = CliRunner().invoke(fleet, [*arguments, "--config", str(config)])
    if isinstance(result.exception, NightporterError):  # what gateway.cli.main prints
        result.stderr_bytes = f"nightporter: {result.exception}".encode()
    elif result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def start(config: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "gateway.cli", "fleet", *arguments, "--config", str(config)],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_all_are_shown_one_is_lost_and_comes_back(boxes: MakeBoxes, console: MakeConsole) -> None:
    crowd, one = boxes(COUNT), console()
    until(lambda: one.statuses() == {"ready": COUNT})
    until(lambda: all(line.health for line in one.lines()))
    crowd.do(lambda all_boxes: all_boxes.cut(7))
    until(lambda: one.statuses() == {"ready": COUNT - 1, "lost": 1})
    until(lambda: (line := one.line("sim-0000", "box-8")) and line.alerts)
    lost = one.line("sim-0000", "box-8")
    assert lost is not None
    assert [(episode.kind, episode.source) for episode in lost.alerts] == [
        (AlertKind.BOX_LOST, "console")
    ]
    crowd.do(lambda all_boxes: all_boxes.wake(7))
    until(lambda: one.statuses() == {"ready": COUNT})
    until(lambda: (line := one.line("sim-0000", "box-8")) and not line.alerts)


def test_a_box_that_falls_silent_is_lost_by_its_keep_alive(
    boxes: MakeBoxes, console: MakeConsole
) -> None:
    crowd, one = boxes(3), console()
    until(lambda: one.statuses() == {"ready": 3})
    crowd.do(lambda all_boxes: all_boxes.mute(0))
    until(lambda: one.statuses() == {"ready": 2, "lost": 1})


def test_an_alert_of_a_box_is_opened_and_closed(boxes: MakeBoxes, console: MakeConsole) -> None:
    crowd, one = boxes(3), console()
    until(lambda: one.statuses() == {"ready": 3})
    for _ in range(3):
        crowd.do(lambda all_boxes: all_boxes.fail(1, AlertKind.LINE_DOWN))
        until(lambda: (line := one.line("sim-0000", "box-2")) and line.alerts)
        crowd.do(lambda all_boxes: all_boxes.mend(1))
        until(lambda: (line := one.line("sim-0000", "box-2")) and not line.alerts)
    with one.database.reading() as db:
        assert db.rows("SELECT kind, count, closed IS NULL FROM episodes") == [("line-down", 3, 0)]


def test_a_killed_console_agrees_when_it_is_back(
    boxes: MakeBoxes, console: MakeConsole, config: Path
) -> None:
    crowd = boxes(COUNT)
    until(crowd.all_connected)
    crowd.do(lambda all_boxes: all_boxes.fail(5, AlertKind.DISK))
    watch = start(config, "watch")
    assert watch.stdout is not None
    head = [watch.stdout.readline() for _ in range(COUNT + 1)]
    assert "disk" in head[1], "problems come first"
    watch.send_signal(signal.SIGKILL)
    watch.wait(30)
    crowd.do(lambda all_boxes: all_boxes.mend(5))
    crowd.do(lambda all_boxes: all_boxes.cut(6))
    crowd.do(lambda all_boxes: all_boxes.sleep(7))
    one = console()
    until(lambda: one.statuses() == {"ready": COUNT - 2, "lost": 1, "disconnected": 1})
    until(lambda: (line := one.line("sim-0000", "box-6")) and not line.alerts)


def test_two_consoles_share_the_work_and_show_the_same(
    boxes: MakeBoxes, console: MakeConsole, broker: Mosquitto, tmp_path: Path
) -> None:
    config = write_settings(tmp_path, broker.port, 'group = "night"')
    crowd = boxes(COUNT, health_every_s=3600.0)
    until(crowd.all_connected)
    one, two = console("one", config), console("two", config)
    until(lambda: one.collector.complete and two.collector.complete)
    assert one.statuses() == two.statuses() == {"ready": COUNT}
    before = one.collector.applied, two.collector.applied
    for index in range(COUNT):
        crowd.do(lambda all_boxes, index=index: all_boxes.fail(index, AlertKind.UNOWNED_CALLS))
    until(lambda: one.statuses() == two.statuses() == {"alert": COUNT})
    until(lambda: sum(len(line.alerts) for line in one.lines()) == COUNT)
    taken = one.collector.applied - before[0], two.collector.applied - before[1]
    until(lambda: one.collector.applied + two.collector.applied - sum(before) >= 3 * COUNT)
    assert all(taken), "both have worked"
    with one.database.reading() as db:
        assert db.rows("SELECT kind, count(*), max(count) FROM episodes GROUP BY kind") == [
            ("unowned-calls", COUNT, 1)
        ]
    assert one.collector.applied + two.collector.applied - sum(before) == 3 * COUNT
    two.stop()
    crowd.do(lambda all_boxes: all_boxes.cut(3))
    until(lambda: one.statuses() == {"alert": COUNT - 1, "lost": 1})


def test_bad_messages_are_counted_and_change_nothing(
    boxes: MakeBoxes, console: MakeConsole, broker: Mosquitto
) -> None:
    boxes(2)
    one = console()
    until(lambda: one.statuses() == {"ready": 2})
    sender = Observer(broker.port, filter="nothing")
    bad = {
        "too-large": b'{"version":1,"x":"' + b"a" * 10_000_000 + b'"}',
        "too-deep": b"[" * 10_000,
        "duplicate-key": b'{"version":1,"version":1}',
        "unknown-version": b'{"version":2,"state":"lost"}',
        "not-utf-8": b"\xff",
        "schema": b'{"version":1,"state":"on fire","connection":99,"at":"2026-11-22T18:00:00Z"}',
    }
    for payload in bad.values():
        sender.send(said.where("state", "box-1", "sim-0000"), payload)
    sender.send(said.where("mood", "box-1", "sim-0000"), b"{}")
    publish_with_mark(broker.port, said.where("health", "box-1", "sim-0000"), retain=True)
    sender.stop()

    def refused() -> set[str]:
        with one.database.reading() as db:
            return {code for (code,) in db.rows("SELECT code FROM refused")}

    until(lambda: refused() == {*bad, "bad-topic", "not-json"})
    assert one.statuses() == {"ready": 2}
    assert not one.collector.fault, "the connection has not broken"
    page = "".join(
        line
        for family in _metrics(one)
        for line in [f"{sample.name}{sample.labels}" for sample in family.samples]
    )
    assert "nightporter_fleet_messages_refused_total{'code': 'too-large'}" in page


def _metrics(one: Console) -> list[object]:
    from gateway.fleet.metrics import FleetMetrics

    return list(FleetMetrics(one.view, lambda: True).collect())


def test_a_signed_command_is_obeyed_once_and_answered(
    boxes: MakeBoxes, config: Path, broker: Mosquitto
) -> None:
    made = nightporter(config, "key")
    assert made.exit_code == 0, made.stderr
    public = made.stdout.split('"')[1]
    key_file = config.with_name("operator.key")
    assert key_file.stat().st_mode & 0o777 == 0o600
    crowd = boxes(4, trusted=(public,))
    until(crowd.all_connected)
    observer = Observer(broker.port, filter="nightporter-fleet/#")
    sent = nightporter(config, "send", "sim-0000/box-1", "sim-0000/box-[23]", "ping", "--json")
    answers = {(a["box"], a["result"]["result"]) for a in json.loads(sent.stdout)}
    assert answers == {("box-1", "done"), ("box-2", "done"), ("box-3", "done")}
    assert sent.exit_code == 0
    (again,) = [p for t, p, _ in observer.seen if t.endswith("sim-0000/box-1/command")]
    observer.send(said.where("command", "box-1", "sim-0000"), again)
    observer.send(said.where("command", "box-4", "sim-0000"), again)
    until(lambda: {"replayed", "other-box"} <= {
        body.get("refusal") for body in observer.bodies("/result") if body})  # fmt: skip
    observer.stop()
    assert crowd.do(lambda all_boxes: [link.box.obeyed for link in all_boxes.links]) == [
        ["ping"], ["ping"], ["ping"], [],
    ]  # fmt: skip
    stick = config.with_name("stick")
    stick.mkdir()
    (stick / "bundle.toml").write_text("serial = 7")
    new = nightporter(config, "send", "sim-0000/box-1", "settings", str(stick))
    assert [line.split(" (")[0] for line in new.stdout.splitlines()] == [
        "sim-0000/box-1: started", "sim-0000/box-1: done",
    ]  # fmt: skip
    shown = json.loads(nightporter(config, "show", "sim-0000/box-1", "--json").stdout)
    assert shown["commands"][0]["result"]["result"] == "done"


def test_a_foreign_key_is_refused_and_nobody_is_not_an_answer(
    boxes: MakeBoxes, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "LATE_S", 0.1)
    keys.make(config.with_name("operator.key"))
    crowd = boxes(2, trusted=("A" * 43 + "=",))
    until(crowd.all_connected)
    sent = nightporter(config, "send", "sim-0000/box-1", "restart", "line", "--expires", "5")
    assert sent.exit_code == 1
    assert "no answer" in sent.stdout, "a refusal of what was not signed names no command"
    assert crowd.do(lambda all_boxes: all_boxes.links[0].box.obeyed) == []


def test_many_boxes_are_not_restarted_by_accident(boxes: MakeBoxes, config: Path) -> None:
    public = keys.make(config.with_name("operator.key")).public_key()
    import base64

    trusted = base64.b64encode(public.public_bytes_raw()).decode()
    crowd = boxes(8, trusted=(trusted,))
    until(crowd.all_connected)
    careless = nightporter(config, "send", "*", "restart", "line")
    assert careless.exit_code == 2
    assert "8 boxes" in careless.stderr
    assert "--yes" in careless.stderr
    meant = nightporter(config, "send", "*", "restart", "line", "--yes")
    assert meant.exit_code == 0, meant.stderr
    assert meant.stdout.count("started") == 8


def test_metrics_are_scraped_and_name_only_sites_and_boxes(boxes: MakeBoxes, config: Path) -> None:
    crowd = boxes(COUNT)
    until(crowd.all_connected)
    crowd.do(lambda all_boxes: all_boxes.fail(0, AlertKind.DISK))
    endpoint = start(config, "metrics", "--listen", "127.0.0.1:0")
    try:
        assert endpoint.stdout is not None
        url = endpoint.stdout.readline().strip()
        until(lambda: _answers(url.replace("/metrics", "/readyz")))
        families = {
            family.name: family.samples
            for family in text_string_to_metric_families(
                urllib.request.urlopen(url, timeout=60).read().decode()
            )
        }
    finally:
        endpoint.terminate()
        assert endpoint.wait(60) == 0
    up = families["nightporter_up"]
    assert len(up) == COUNT
    assert all(set(sample.labels) == {"site", "box"} for sample in up)
    states = {s.labels["state"]: s.value for s in families["nightporter_fleet_boxes"]}
    assert states == {"ready": COUNT - 1, "alert": 1}
    (alert,) = families["nightporter_fleet_alerts_open"]
    assert (alert.labels, alert.value) == ({"kind": "disk", "severity": "critical"}, 1)
    free = {s.labels["box"]: s.value for s in families["nightporter_disk_free_bytes"]
            if s.labels["site"] == "sim-0000"}  # fmt: skip
    assert free["box-1"] == 900e6
    labels = {name for samples in families.values() for s in samples for name in s.labels}
    assert labels <= {"site", "box", "state", "kind", "severity", "outcome", "release", "code"}


def _answers(url: str) -> bool:
    try:
        return bool(urllib.request.urlopen(url, timeout=10).status == 200)
    except (urllib.error.HTTPError, OSError):
        return False


def test_a_forgotten_box_is_gone_from_broker_and_console(
    boxes: MakeBoxes, console: MakeConsole, config: Path
) -> None:
    crowd, one = boxes(3), console()
    until(lambda: one.statuses() == {"ready": 3})
    crowd.do(lambda all_boxes: all_boxes.cut(2))
    until(lambda: one.statuses() == {"ready": 2, "lost": 1})
    done = nightporter(config, "forget", "sim-0000/box-3")
    assert done.exit_code == 0, done.stderr
    until(lambda: one.statuses() == {"ready": 2})
    listed = json.loads(nightporter(config, "list", "--json").stdout)
    assert [line["box"] for line in listed] == ["box-1", "box-2"]


def test_the_broker_may_restart(boxes: MakeBoxes, console: MakeConsole, broker: Mosquitto) -> None:
    boxes(5)
    one = console()
    until(lambda: one.statuses() == {"ready": 5})
    broker.kill()
    until(lambda: one.collector.fault)
    broker.start()
    until(lambda: not one.collector.fault)
    with one.database.reading() as db:
        began = db.value("SELECT min(connection) FROM boxes")
    until(lambda: one.statuses() == {"ready": 5} and _lowest(one) > began)


def _lowest(one: Console) -> int:
    with one.database.reading() as db:
        return int(db.value("SELECT min(connection) FROM boxes"))


def test_tls_with_client_certificate_and_rights(tmp_path: Path) -> None:
    """The console may read all and write commands alone; without a certificate it gets nothing."""
    pki = _certificates(tmp_path)
    rights = _of_the_handbook("user console") + "user box\ntopic readwrite nightporter-fleet/v1/#\n"
    (pki / "acl").write_text(rights)
    extra = _of_the_handbook("listener 8883").replace("listener 8883\n", "")
    extra = extra.replace("/etc/mosquitto/fleet/broker.", f"{pki}/localhost.")
    extra = extra.replace("/etc/mosquitto/fleet/", f"{pki}/")
    broker = Mosquitto(tmp_path / "broker", extra).start()
    one = crowd = None
    try:
        config = tmp_path / "fleet.toml"
        config.write_text(_tls_settings(broker.port, "console"))
        (tmp_path / "box.toml").write_text(_tls_settings(broker.port, "box"))
        (tmp_path / "none.toml").write_text(
            f'[broker]\nhost = "localhost"\nport = {broker.port}\ntls = true\nca = "pki/ca.crt"\n'
        )
        public = nightporter(config, "key").stdout.split('"')[1]
        from gateway.fleet.settings import load
        from gateway.fleet.simulation import Plan

        crowd = Boxes(Plan(load(tmp_path / "box.toml").broker, 3, trouble=0, trusted=(public,)))
        until(crowd.all_connected)
        one = Console(load(config), "one")
        until(lambda: one.statuses() == {"ready": 3})
        sent = nightporter(config, "send", "sim-0000", "ping")
        assert sent.stdout.count("done") == 3, sent.stderr
        forbidden = nightporter(config, "forget", "sim-0000/box-1")
        assert forbidden.exit_code == 1
        assert "Not authorized" in forbidden.stderr
        anonymous = nightporter(tmp_path / "none.toml", "list")
        assert anonymous.exit_code == 1
        assert f"localhost:{broker.port}" in anonymous.stderr
        assert "if it wants a client certificate, name its files" in anonymous.stderr
        assert "Traceback" not in anonymous.stderr
        Authority(tmp_path / "stranger")
        for wrong, right, complaint in (
            ("stranger/ca.crt", "pki/ca.crt", "ca: {} did not issue the broker's certificate"),
            ("pki/box.key", "pki/console.key", "key: {} does not belong to certificate"),
            ("pki/none.crt", "pki/console.crt", "certificate: {} cannot be read"),
        ):
            told = _tls_settings(broker.port, "console").replace(right, wrong)
            (tmp_path / "wrong.toml").write_text(told)
            refused = nightporter(tmp_path / "wrong.toml", "list")
            assert refused.exit_code == 1
            expected = f"broker localhost:{broker.port}: {complaint.format(tmp_path / wrong)}"
            assert expected in refused.stderr, refused.stderr
    finally:
        for part in (one, crowd):
            if part is not None:
                part.stop()
        broker.kill()


def _tls_settings(port: int, who: str) -> str:
    return (
        f'[broker]\nhost = "localhost"\nport = {port}\ntls = true\nca = "pki/ca.crt"\n'
        f'certificate = "pki/{who}.crt"\nkey = "pki/{who}.key"\nkeep_alive_s = 6\n'
    )


def _certificates(folder: Path) -> Path:
    """Made as the handbook says, for a broker on this machine."""
    pki = folder / "pki"
    pki.mkdir()
    script = _of_the_handbook("openssl req -x509").replace("mqtt.example.org", "localhost")
    made = ["bash", "-e", "-c", f"{script}\ncertificate box"]
    subprocess.run(made, cwd=pki, check=True, capture_output=True)
    return pki


def _of_the_handbook(beginning: str) -> str:
    """The block of docs/operator.md that begins so."""
    page = (Path(__file__).parents[2] / "docs" / "operator.md").read_text()
    blocks = [textwrap.dedent(block) for block in re.findall(r"```\w*\n(.*?)```", page, re.DOTALL)]
    return next(block for block in blocks if block.startswith(beginning))


def test_boxes_that_the_broker_refuses_are_told_of(tmp_path: Path) -> None:
    rights = tmp_path / "acl"
    rights.write_text(_of_the_handbook("user console").partition("\n")[2])  # for everybody
    broker = Mosquitto(tmp_path / "broker", f"acl_file {rights}\n").start()
    running = subprocess.Popen(
        [sys.executable, "-m", "gateway.cli", "fleet", "simulate", "--boxes", "2", "--config",
         str(write_settings(tmp_path, broker.port))],
        stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        assert running.stderr is not None
        assert "Not authorized" in running.stderr.readline()
    finally:
        running.terminate()
        assert running.wait(60) == 0
        broker.kill()


def test_the_command_simulates_in_processes_of_its_own(console: MakeConsole, config: Path) -> None:
    running = start(config, "simulate", "--boxes", "20", "--processes", "2", "--trouble", "0")
    try:
        one = console()
        until(lambda: one.statuses() == {"ready": 20})
    finally:
        running.terminate()
        assert running.wait(60) == 0
    until(lambda: one.statuses() == {"lost": 20})
