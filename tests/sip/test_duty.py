"""Who is answered and who is not; limits; torture; nothing leaks; the settings that worked last."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from gateway.contract import call_link as link
from tests.busy_machine import again_when_late
from tests.fakes.scripted_gateway import ScriptedGateway
from tests.sip.caller import Caller
from tests.sip.conftest import Call, StartLine
from tests.sip.line_process import LineProcess, running_line
from tests.sip.sound import sine

pytestmark = [pytest.mark.sip, pytest.mark.processes]

TORTURE = Path(__file__).parents[3] / "shared" / "data" / "rfc4475"
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
GROWTH_KB = 2500
"""Of what the first calls took: the noise of a heap."""
LARGEST_KB = 100 * 1024
"""The line is never larger."""
FORGOTTEN_S = 120.0
"""Within this the line has given back what calls took (telephony/memory.py: 35 s)."""
ALL_DAY = {day: ["00:00-24:00"] for day in WEEK}


def test_in_hours_the_call_is_left_alone(start_line: StartLine, place_call: Call) -> None:
    line = start_line(line={"answer": "after-hours"}, opening=ALL_DAY)
    place_call(line, expect=480)
    assert not line.spooled(count=0)


def test_after_hours_and_always_it_is_answered(start_line: StartLine, place_call: Call) -> None:
    place_call(start_line(line={"answer": "after-hours"}))
    place_call(start_line(line={"answer": "always"}, opening=ALL_DAY))
    place_call(start_line(line={"answer": "never"}), expect=480)


def test_an_address_that_may_not_call_gets_403_and_no_number_in_the_log(
    start_line: StartLine, place_call: Call
) -> None:
    line = start_line()
    place_call(line, expect=403, bind="127.0.0.2", number="+15559998888")
    caller = place_call(line, number="+15557778888")
    assert caller.first_sound()
    caller.hang_up()
    line.spooled()
    assert line.wait_for(refused_peers=1)
    assert "call-from-unknown-peer" in line.log
    assert "5559998888" not in line.log and "5557778888" not in line.log


@again_when_late
def test_the_greeting_is_heard_within_300_ms_of_the_answer_with_and_without_a_gateway(
    start_line: StartLine, place_call: Call
) -> None:
    line = start_line(short=False)
    delays = []
    for _ in range(3):
        with Caller(line.port) as caller:
            assert caller.call() == 200
            first = caller.first_sound()
            assert first
            delays.append(first - caller.answered_at)
    with ScriptedGateway(line.paths.gateway_socket, accept=False, still_here=False):
        caller = place_call(line)
        first = caller.first_sound()
        assert first
        delays.append(first - caller.answered_at)
    print("greeting after", [f"{delay * 1000:.0f} ms" for delay in delays])
    assert sorted(delays)[1] < 0.3


@again_when_late
def test_calls_over_the_limit_go_to_voicemail_then_to_busy(
    start_line: StartLine, place_call: Call
) -> None:
    line = start_line(line={"max_calls": 1, "max_voicemail": 1})
    with ScriptedGateway(line.paths.gateway_socket) as gateway:
        first = place_call(line)
        gateway.call().wait_finished("greeting")
        second = place_call(line, number="+15552223333")
        assert second.tone()
        place_call(line, expect=486)
        second.say(sine(1.0))
        time.sleep(1.2)
        second.hang_up()
        (message,) = line.spooled()
        assert (message.reason, message.prompt) == ("over-limit", "busy")
        assert message.caller == "+15552223333"
        assert first.ended_at is None


@again_when_late
def test_two_calls_at_once_hear_their_own_gateway_and_do_not_burn_a_core(
    start_line: StartLine, place_call: Call
) -> None:
    line = start_line()
    with ScriptedGateway(line.paths.gateway_socket) as gateway:
        first, second = place_call(line), None
        one = gateway.call()
        second = place_call(line)
        two = gateway.call()
        one.wait_finished("greeting"), two.wait_finished("greeting")
        before, began = cpu_seconds(line.pid), time.monotonic()
        time.sleep(4)
        share = (cpu_seconds(line.pid) - before) / (time.monotonic() - began)
        print(f"two calls take {share * 100:.1f} % of a core")
        assert share < 0.35
        at = time.monotonic()
        one.play(bytes(range(256)) * 125)
        assert first.first_sound(since=at)
        assert second.loud_seconds(at) == 0


def test_options_is_answered(start_line: StartLine) -> None:
    line = start_line()
    assert options(line) == 200


def test_torture_messages_leave_the_line_alive(start_line: StartLine, place_call: Call) -> None:
    if not TORTURE.is_dir():
        pytest.skip("the RFC 4475 messages are not on this machine")
    line = start_line()
    torture(line, "127.0.0.2")
    assert options(line) == 200
    assert place_call(line).first_sound(), "strangers cannot keep others out"
    torture(line, "127.0.0.1")
    with socket.create_connection(("127.0.0.1", line.port)) as stream:
        stream.sendall(b"INVITE sip:x SIP/2.0\r\nContent-Length: 99999999\r\n\r\n" + b"x" * 70000)
    assert options(line) == 200
    with Caller(line.port) as caller:  # calls that nobody acknowledges hold their places for 32 s
        assert caller.call() in (200, 486)


def test_a_caller_who_vanishes_is_let_go(start_line: StartLine, place_call: Call) -> None:
    line = start_line(voicemail={"silence_seconds": 60, "max_seconds": 100})
    with ScriptedGateway(line.paths.gateway_socket) as gateway:
        caller = place_call(line)
        call = gateway.call()
        call.wait_finished("greeting")
        caller.go_silent()
        assert call.wait(link.CallEnded, timeout=120).by == "network"


def test_a_wrong_site_toml_is_replaced_by_the_one_that_worked_last(
    start_line: StartLine, place_call: Call
) -> None:
    line = start_line()
    line.stop()
    line.paths.settings.write_text("[office\nname =")
    line.start()
    assert "site-toml-is-wrong-using-the-last-good-one" in line.log
    assert place_call(line).first_sound()


def test_without_any_site_toml_the_line_says_what_is_missing() -> None:
    with running_line(start=False) as line:
        line.paths.settings.unlink()
        process = line.start(wait=False).process
        assert process and process.wait(60) == 1
        assert "site.toml: cannot be read" in line.log


@pytest.mark.timeout(1200)
@again_when_late
def test_300_calls_in_a_row_leave_nothing_behind(start_line: StartLine) -> None:
    """Over UDP each call's last transaction stays for 32 s by RFC 3261 (timer J), with 29 KB; over
    TCP calls leave nothing to wait for, but connections."""
    line = start_line(line={"max_calls": 4})
    with ScriptedGateway(line.paths.gateway_socket) as gateway:
        run_calls(line, gateway, 30)
        before = footprint(line)
        run_calls(line, gateway, 300)
        busy = until_small(line, {**before, "descriptors": sys.maxsize, "rss_kb": LARGEST_KB - 1})
        run_calls(line, gateway, 30, transport="t1")
        after = until_small(line, {**before, "rss_kb": before["rss_kb"] + GROWTH_KB - 1})
    print("after 30 calls:", before, "after 330:", busy, "when they are forgotten:", after)
    assert busy["threads"] <= before["threads"]
    assert after["threads"] <= before["threads"]
    assert after["descriptors"] <= before["descriptors"]
    assert after["rss_kb"] - before["rss_kb"] < GROWTH_KB
    assert busy["rss_kb"] < LARGEST_KB
    assert line.status()["calls_total"] == 360


def torture(line: LineProcess, bind: str) -> None:
    """Every message of RFC 4475, and some that are none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind((bind, 0))
        for file in sorted(TORTURE.glob("*.dat")):
            sender.sendto(file.read_bytes(), ("127.0.0.1", line.port))
            time.sleep(0.01)
        for garbage in (b"", b"\0" * 60000, b"INVITE", os.urandom(1400)):
            sender.sendto(garbage, ("127.0.0.1", line.port))


def until_small(line: LineProcess, wanted: dict[str, int]) -> dict[str, int]:
    """The footprint when the line has given back what calls took, or when it never does."""
    give_up = time.monotonic() + FORGOTTEN_S
    while time.monotonic() < give_up:
        found = footprint(line)
        if all(found[what] <= most for what, most in wanted.items()):
            break
        time.sleep(0.2)
    return found


def run_calls(
    line: LineProcess, gateway: ScriptedGateway, count: int, transport: str = "u1"
) -> None:
    """Short calls by sipp, three at a time, each with a gateway."""
    with tempfile.TemporaryDirectory() as folder:
        sipp = subprocess.Popen(
            ["sipp", "-sn", "uac", f"127.0.0.1:{line.port}", "-i", "127.0.0.1", "-s", "700",
             "-m", str(count), "-l", "3", "-r", "12", "-d", "150", "-nostdin", "-timeout", "250s",
             "-t", transport],
            cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        calls = []
        while sipp.poll() is None:
            try:
                calls.append(gateway.call(timeout=0.3))
            except TimeoutError:
                continue
        assert sipp.returncode == 0, line.log[-3000:]
    assert len(calls) >= count // 2
    line.wait_for(calls_active=0)
    time.sleep(1.5)  # links that say goodbye, transports that PJSIP keeps for a moment


def footprint(line: LineProcess) -> dict[str, int]:
    """Threads, descriptors and memory of the line."""
    status = Path(f"/proc/{line.pid}/status").read_text()
    rows = dict(row.split(":", 1) for row in status.splitlines() if ":" in row)
    return {
        "threads": int(rows["Threads"]),
        "descriptors": len(list(Path(f"/proc/{line.pid}/fd").iterdir())),
        "rss_kb": int(rows["VmRSS"].split()[0]),
    }


def cpu_seconds(pid: int) -> float:
    """Processor time of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def options(line: LineProcess) -> int:
    """Status of the answer to an OPTIONS."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(60)
        host, port = sock.getsockname()
        sock.sendto(
            (
                f"OPTIONS sip:127.0.0.1:{line.port} SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP {host}:{port};rport;branch=z9hG4bKqualify{time.time_ns()}\r\n"
                f"Max-Forwards: 70\r\nFrom: <sip:pbx@{host}>;tag=1\r\nTo: <sip:127.0.0.1>\r\n"
                f"Call-ID: {time.time_ns()}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
            ).encode(),
            ("127.0.0.1", line.port),
        )
        return int(sock.recv(4096)[8:11])
