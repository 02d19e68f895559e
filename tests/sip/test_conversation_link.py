"""The line between a real caller and a scripted gateway."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from gateway.contract import call_link as link
from tests.busy_machine import again_when_late
from tests.fakes.scripted_gateway import ScriptedGateway
from tests.sip.conftest import Call, StartLine
from tests.sip.line_process import ROOT
from tests.sip.sound import sine, wav_samples, wideband_sine

pytestmark = [pytest.mark.sip, pytest.mark.processes]
GatewayFor = Callable[..., ScriptedGateway]


@again_when_late
def test_a_call_is_offered_answered_heard_and_ended(
    start_line: StartLine, place_call: Call, gateway_for: GatewayFor
) -> None:
    line = start_line()
    gateway = gateway_for(line)
    caller = place_call(
        line,
        headers=(
            "P-Asserted-Identity: <sip:+15559876543@pbx.example>",
            "Diversion: <sip:200@pbx.example>;reason=no-answer",
        ),
    )
    call = gateway.call()
    offered = call.wait(link.CallOffered)
    assert (offered.caller, offered.called) == ("+15559876543", "nightporter")
    assert (offered.forwarded_from, offered.forward_reason) == ("200", "no-answer")
    answered = call.wait(link.CallAnswered)
    assert (answered.codec, answered.greeting_ms) == ("PCMU/8000", 500)
    greeting = call.wait_finished("greeting")
    assert greeting.completed and greeting.heard_ms == 500
    caller.say(sine(1.0))
    time.sleep(1.2)
    stamps = [frame.timestamp for frame in call.audio]
    assert stamps == list(range(20, 20 * len(stamps) + 20, 20)), "every frame, from the answer on"
    assert {len(frame.audio) for frame in call.audio} == {link.FRAME_BYTES}
    caller.hang_up()
    assert call.wait(link.CallEnded).by == "caller"
    assert call.closed.wait(60)


@pytest.mark.parametrize("how", ["rfc4733", "relay", "dtmf"])
@again_when_late
def test_keys_reach_the_gateway_once(
    how: str, start_line: StartLine, place_call: Call, gateway_for: GatewayFor
) -> None:
    line = start_line()
    gateway = gateway_for(line)
    caller = place_call(line)
    call = gateway.call()
    for digit in "5*#0":
        caller.press(digit, how)
        time.sleep(0.4)
        if how != "rfc4733":
            assert caller.answer_to(caller.cseq) == 200
    time.sleep(0.3)
    digits = [message.digit for message in call.received if isinstance(message, link.Digit)]
    assert digits == list("5*#0")


@again_when_late
def test_what_else_an_exchange_tells_in_a_call_is_answered_and_the_call_goes_on(
    start_line: StartLine, place_call: Call, gateway_for: GatewayFor
) -> None:
    line = start_line()
    gateway = gateway_for(line)
    caller = place_call(line)
    call = gateway.call()
    assert caller.tell() == 200, "nothing at all: still there?"
    assert caller.tell("application/dtmf", "16") == 200, "a hook flash is no key"
    assert caller.tell("text/plain", "hello") == 415
    caller.press("7", "dtmf")
    assert call.wait(link.Digit).digit == "7"
    caller.hang_up()
    assert call.wait(link.CallEnded).by == "caller"


@again_when_late
def test_speech_is_played_in_order_and_its_end_reported(
    start_line: StartLine, place_call: Call, gateway_for: GatewayFor
) -> None:
    line = start_line()
    gateway = gateway_for(line)
    caller = place_call(line)
    call = gateway.call()
    call.wait_finished("greeting")
    caller.quiet_for(0.3)
    sent_at = time.monotonic()
    first, second = call.play(wideband_sine(1.0)), call.play(wideband_sine(0.5))
    heard_at = caller.first_sound(since=sent_at)
    assert heard_at and heard_at - sent_at < 0.25
    assert call.wait_finished(first).heard_ms == 1000
    assert call.wait_finished(second).completed
    caller.quiet_for(0.3)
    assert caller.loud_seconds(sent_at) == pytest.approx(1.5, abs=0.15)


@again_when_late
def test_stop_playing_cuts_at_once_and_says_how_much_was_heard(
    start_line: StartLine, place_call: Call, gateway_for: GatewayFor
) -> None:
    line = start_line()
    gateway = gateway_for(line)
    caller = place_call(line)
    call = gateway.call()
    call.wait_finished("greeting")
    play_id = call.play(wideband_sine(10.0))
    assert caller.first_sound(since=time.monotonic())
    time.sleep(1.0)
    stopped_at = time.monotonic()
    call.send(link.StopPlaying())
    report = call.wait_finished(play_id)
    assert not report.completed and 800 < report.heard_ms < 1800
    time.sleep(0.6)
    assert caller.loud_seconds(stopped_at + 0.25) == 0


@again_when_late
def test_hang_up_waits_until_the_last_words_were_heard(
    start_line: StartLine, place_call: Call, gateway_for: GatewayFor
) -> None:
    line = start_line()
    gateway = gateway_for(line)
    caller = place_call(line)
    call = gateway.call()
    call.wait_finished("greeting")
    began = time.monotonic()
    call.play(wideband_sine(1.0))
    call.send(link.HangUp("done"))
    assert caller.wait_end()
    assert caller.loud_seconds(began) == pytest.approx(1.0, abs=0.15)
    assert call.wait(link.CallEnded).by == "us"


@again_when_late
def test_take_message_records_and_the_conversation_goes_on(
    start_line: StartLine, place_call: Call, gateway_for: GatewayFor
) -> None:
    line = start_line()
    gateway = gateway_for(line)
    caller = place_call(line)
    call = gateway.call()
    call.wait_finished("greeting")
    call.send(link.TakeMessage("caller-asked", "leave-a-message", then_hang_up=False))
    assert caller.tone()
    caller.say(sine(1.0))
    time.sleep(1.3)
    caller.quiet_for(0.2)
    spoke_at = time.monotonic()
    emergency = call.play(wideband_sine(0.4))
    assert call.wait_finished(emergency).completed, "danger is answered while the recording goes on"
    assert caller.loud_seconds(spoke_at) == pytest.approx(0.4, abs=0.15)
    caller.press("#")
    taken = call.wait(link.MessageTaken)
    assert taken.ended_by == "hash" and taken.seconds > 0.8
    (message,) = line.spooled()
    assert (message.name, message.reason) == (taken.name, "caller-asked")
    play_id = call.play(wideband_sine(0.4))
    assert call.wait_finished(play_id).completed
    assert caller.ended_at is None


def test_take_message_with_nothing_said_is_told_to_the_gateway_alone(
    start_line: StartLine, place_call: Call, gateway_for: GatewayFor
) -> None:
    line = start_line()
    gateway = gateway_for(line)
    caller = place_call(line)
    call = gateway.call()
    call.wait_finished("greeting")
    call.play(wideband_sine(0.2), end=False)
    call.send(link.TakeMessage("not-understood", None))
    assert call.wait(link.MessageTaken) == link.MessageTaken("", 0.0, "silence")
    assert caller.wait_end()
    assert not list(line.paths.spool.glob("*.json"))


def test_transfer_refers_and_reports_until_the_final_answer(
    start_line: StartLine, place_call: Call, gateway_for: GatewayFor
) -> None:
    line = start_line()
    gateway = gateway_for(line)
    caller = place_call(line)
    call = gateway.call()
    call.wait_finished("greeting")

    def progress() -> None:
        caller.notify(180, final=False)
        time.sleep(0.3)
        caller.notify(486, final=True)

    caller.on_refer = progress
    call.send(link.Transfer("sip:oncall@127.0.0.1:5090"))
    first = call.wait(link.TransferProgress)
    assert not first.final
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up and not any(
        isinstance(m, link.TransferProgress) and m.final for m in call.received
    ):
        time.sleep(0.02)
    last = [m for m in call.received if isinstance(m, link.TransferProgress)][-1]
    assert (last.code, last.final) == (486, True)
    assert caller.referred_to and "oncall@127.0.0.1:5090" in caller.referred_to
    play_id = call.play(wideband_sine(0.3))
    assert call.wait_finished(play_id).completed, "the caller is still with us"


@again_when_late
def test_a_killed_gateway_is_followed_by_an_apology_within_a_second_and_a_whole_message(
    start_line: StartLine, place_call: Call
) -> None:
    line = start_line(short=False)
    gateway = subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.scripted_gateway", str(line.paths.gateway_socket)],
        cwd=ROOT,
    )
    try:
        give_up = time.monotonic() + 60
        while not line.paths.gateway_socket.exists() and time.monotonic() < give_up:
            time.sleep(0.02)
        caller = place_call(line, number="+15553334444")
        assert caller.first_sound()
        time.sleep(1.0)
        killed_at = time.monotonic()
        gateway.kill()
    finally:
        gateway.wait()
    state_at = time.monotonic() + 60
    while "event=GATEWAY_LOST" not in line.log and time.monotonic() < state_at:
        time.sleep(0.01)
    apology_at = caller.first_sound(since=killed_at + 0.15)
    assert apology_at and apology_at - killed_at < 1.0
    tone = caller.tone(since=killed_at)
    assert tone and 7.0 < tone - killed_at < 9.5, "the whole apology was heard before the tone"
    caller.say(sine(2.0))
    assert caller.wait_end()
    (message,) = line.spooled()
    assert (message.caller, message.reason, message.prompt) == (
        "+15553334444", "gateway-lost", "apology",
    )  # fmt: skip
    samples = wav_samples(line.paths.spool / f"{message.name}.wav")
    assert sum(abs(sample) > 500 for sample in samples) > 16000


@again_when_late
def test_a_gateway_that_says_nothing_at_all_is_given_up(
    start_line: StartLine, place_call: Call, gateway_for: GatewayFor
) -> None:
    line = start_line()
    gateway = gateway_for(line, accept=False, still_here=False)
    caller = place_call(line)
    call = gateway.call()
    assert caller.tone()
    assert call.closed.wait(60)
    caller.hang_up()
    (message,) = line.spooled()
    assert message.reason == "gateway-silent"


@again_when_late
def test_a_turn_of_ours_without_sound_is_given_up(
    start_line: StartLine, place_call: Call, gateway_for: GatewayFor
) -> None:
    line = start_line()
    gateway = gateway_for(line)
    caller = place_call(line)
    call = gateway.call()
    call.wait_finished("greeting")
    call.send(link.Turn(ours=False))
    time.sleep(2.5)
    assert call.closed.is_set() is False, "the caller's turn may be silent"
    began = time.monotonic()
    call.send(link.Turn(ours=True))
    tone = caller.tone(since=began)
    assert tone and 2.0 < tone - began < 3.6
    caller.hang_up()
    (message,) = line.spooled()
    assert message.reason == "speech-overdue"
