"""Places the box's call to itself and listens; the line that answers is another process."""

from __future__ import annotations

import time

from gateway.contract import self_call
from gateway.contract.patience import PATIENCE
from gateway.contract.self_call import HEADER
from gateway.contract.service import Paths, read_status
from gateway.contract.settings import Line, Settings
from gateway.errors import TelephonyError
from telephony.call_report import CallReport
from telephony.fallback import Fallback
from telephony.outgoing import Outgoing, exchange_uri, line_uri
from telephony.prompts import PACKAGE_GREETINGS, read_wav
from telephony.reading import read_words
from telephony.sip.endpoint import PjPhone
from telephony.sip.interface import Leg

SAID = "Hello. What are your opening hours?"
"""Of greetings/self-call.wav: a question that every office answers and that changes nothing."""
TOPIC = "hours"
"""How that is to be understood."""

TRIES = 2
"""Right after a restart a small box is busy with its models and may not hear the first time."""
ANSWER_LIMIT_S = 20.0
"""The line answers at once; an exchange may ring other telephones first."""
SOUND_LIMIT_S = 10.0
"""From the answer to the first sound of the greeting."""
GREETING_LIMIT_S = 45.0
"""The longest greeting, and what the conversation adds."""
PAUSE_S = 1.2
"""Quiet after which the greeting is over: pauses between its sentences are shorter."""
SAY_LIMIT_S = 15.0
"""The sentence takes two seconds."""
REPLY_LIMIT_S = 30.0 * PATIENCE
"""From our sentence to the first sound of the answer."""
REPLY_PAUSE_S = 2.0
"""Quiet after which the answer is over; a tone and "one moment" may come before it."""
HEARD_LIMIT_S = 10.0 * PATIENCE
"""The gateway writes down what it understood as soon as the call is over."""
REFUSED = 486
"""Whoever calls the caller."""


class SelfCaller:
    """The box as its own caller."""

    def __init__(self, paths: Paths, settings: Settings, password: str | None) -> None:
        self._paths = paths
        self._settings = settings
        self._password = password

    def run(self, *, fallback: bool) -> CallReport:
        """Call, ask, listen; then, if wanted, hear who answers while the line is away."""
        report = CallReport(SAID)
        if read_status(self._paths, "line") is None:
            mend = "look into `journalctl -u nightporter-line`"
            report.check("test call", "fail", "the phone line does not run", mend)
            report.fallback_skipped = "the phone line does not run"
            return report
        for _ in range(TRIES):
            report = self._ring()
            if report.understood or not self._gateway_is_there:
                break
        if fallback:
            Fallback(self._paths, self._settings).try_it(report, self._exchange)
        return report

    def _ring(self) -> CallReport:
        """Through the exchange, where there is one; on this machine where that fails."""
        report, line = CallReport(SAID), read_status(self._paths, "line") or {}
        if line.get("registered"):
            self._call(report, "exchange", self._exchange(), exchange_uri(self._settings.line))
        if not report.answered and "port" in line:
            self._call(report, "line", self._machine(), line_uri(self._settings.line, line))
        return report

    @property
    def _gateway_is_there(self) -> bool:
        return bool((read_status(self._paths, "gateway") or {}).get("ready"))

    def _call(self, report: CallReport, way: str, phone: PjPhone, uri: str) -> None:
        """One call; what came of it goes into the report."""
        limit = ANSWER_LIMIT_S + GREETING_LIMIT_S + SAY_LIMIT_S + 2 * REPLY_LIMIT_S
        announced, since = self_call.announce(self._paths, limit), time.time()
        try:
            call = Outgoing(phone, uri, {HEADER: announced.token})
            call.wait(lambda: call.answered_at is not None, ANSWER_LIMIT_S)
            if not self._greeted(report, way, call):
                return
            began = call.mark()
            replied = self._ask(call)
            call.hang_up()
        except TelephonyError as error:
            report.check(_NAMES[way], "fail", str(error), _MENDS[way])
            return
        finally:
            phone.stop()
        self._understood(report, since, bytes(call.heard), began, replied)

    def _greeted(self, report: CallReport, way: str, call: Outgoing) -> bool:
        """Whether the call was answered with a greeting."""
        if call.answered_at is None:
            call.hang_up()
            what = "nobody answered" if call.code is None else f"answer {call.code}"
            report.check(_NAMES[way], "fail", what, _MENDS[way])
            return False
        if not call.wait(lambda: call.sound_at is not None, SOUND_LIMIT_S):
            call.hang_up()
            mend = "the firewall between box and telephone system lets no sound (RTP) through"
            report.check(_NAMES[way], "fail", "answered, but no sound came", mend)
            return False
        assert call.sound_at is not None
        report.answered, report.way = True, way
        report.greeting_ms = round((call.sound_at - call.dialled_at) * 1000)
        report.check(_NAMES[way], "ok", f"answered; first sound after {report.greeting_ms} ms")
        return True

    def _ask(self, call: Outgoing) -> bool:
        """Wait for the end of the greeting, ask, hear the answer; whether there was one."""
        call.wait(lambda: call.quiet_s > PAUSE_S, GREETING_LIMIT_S)
        if not self._gateway_is_there:
            return False  # the line alone takes messages; it understands nothing
        if not call.say(read_wav(PACKAGE_GREETINGS / "self-call.wav"), SAY_LIMIT_S):
            return False
        asked = time.monotonic()
        if not call.wait(lambda: call.loud_since > asked, REPLY_LIMIT_S):
            return False
        call.wait(lambda: call.quiet_s > REPLY_PAUSE_S, REPLY_LIMIT_S)
        return True

    def _understood(
        self, report: CallReport, since: float, heard: bytes, began: int, replied: bool
    ) -> None:
        language = self._settings.office.language
        parts = [
            read_words(pcm, self._paths.models_socket, language)
            for pcm in (heard[:began], heard[began:])
        ]
        report.heard = " ".join(part for part in parts if part)
        told = self._told(since) if replied else None
        if told is not None:
            report.heard_by_box, report.rung = told.heard, told.rung
            report.understood = TOPIC if told.topic == TOPIC else None
        elif replied and "open" in (parts[1] or "").casefold():
            report.understood = (
                TOPIC  # the exchange hides who calls, but the answer is the right one
            )
        if report.understood:
            report.check("understood", "ok", f'asked "{SAID}" and was understood')
        elif not replied:
            mend = "see `nightporter doctor`: the gateway or the models are not there"
            report.check("understood", "fail", "no answer to the question came", mend)
        else:
            mend = "see `nightporter doctor`: the recogniser or the models are not there"
            what = f'the question was taken for "{report.heard_by_box or "nothing"}"'
            report.check("understood", "fail", what, mend)

    def _told(self, since: float) -> self_call.SelfCallHeard | None:
        give_up = time.monotonic() + HEARD_LIMIT_S
        while time.monotonic() < give_up:
            heard = self_call.read_heard(self._paths, since)
            if heard is not None:
                return heard
            time.sleep(0.05)
        return None

    def _exchange(self) -> PjPhone:
        """A telephone that calls through the registrar, with the line's own name and password."""
        return self._telephone(self._settings.line)

    def _machine(self) -> PjPhone:
        """A telephone that calls the line on this machine, past every registrar."""
        alone = {"mode": "trunk", "registrar": None, "domain": None, "transport": "udp"}
        return self._telephone(self._settings.line.model_copy(update=alone))

    def _telephone(self, line: Line) -> PjPhone:
        own = line.model_copy(update={"port": 0, "max_calls": 1, "max_voicemail": 1})
        return PjPhone(own, self._password, _refuse, registers=False)


_NAMES = {"exchange": "through the exchange", "line": "at the line itself"}
_MENDS = {
    "exchange": "dial the office's number from another telephone; if that works, set "
    "line.test_number in site.toml to the number that the exchange knows this box by",
    "line": "look into `journalctl -u nightporter-line`",
}


def _refuse(leg: Leg) -> None:
    leg.refuse(REFUSED)
