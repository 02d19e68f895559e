"""Who answers the office's number while the line is away: left for a moment, called, heard."""

from __future__ import annotations

import time
from collections.abc import Callable

from gateway.contract import self_call
from gateway.contract.self_call import HEADER
from gateway.contract.service import Paths, read_status
from gateway.contract.settings import Settings
from gateway.errors import TelephonyError
from telephony.call_report import CallReport
from telephony.outgoing import Outgoing, exchange_uri
from telephony.reading import read_words
from telephony.sip.endpoint import PjPhone
from telephony.sip.identity import answerer

QUIET_LIMIT_S = 6.0
"""Our own test call may still be on its way out; a caller's is not waited for."""
AWAY_S = 50.0
"""The line is away for at most so long, whatever becomes of us."""
LEAVE_LIMIT_S = 10.0
"""For the line to see the order and for the registrar to answer."""
RING_LIMIT_S = 30.0
"""An exchange lets a telephone ring this long before it gives up."""
LISTEN_S = 5.0
"""The first words of a mailbox, or a person's name."""
BACK_LIMIT_S = 20.0
"""For the line to register again."""
LOOK_EVERY_S = 0.2
TRY_IT = (
    'set "forward when unreachable" at the provider, pull the network cable of the box, and dial '
    "the office's number"
)


class Fallback:
    """One try."""

    def __init__(self, paths: Paths, settings: Settings) -> None:
        self._paths = paths
        self._settings = settings

    def try_it(self, report: CallReport, telephone: Callable[[], PjPhone]) -> None:
        """Leave, call, listen, come back; the report tells."""
        why_not = self._why_not()
        if why_not is None:
            call = self_call.announce(self._paths, AWAY_S, away=True)
            try:
                why_not = self._away()
                if why_not is None:
                    self._hear(report, telephone(), call.token)
            finally:
                self_call.withdraw(self._paths)
                self._back(report)
        if why_not is not None:
            report.fallback_skipped = why_not
            report.check("fallback", "skipped", why_not, TRY_IT)

    def _why_not(self) -> str | None:
        line = read_status(self._paths, "line") or {}
        if line.get("mode") != "register":
            return "the line registers nowhere: its exchange alone knows who answers instead"
        if not line.get("registered"):
            return "the line is not registered"
        quiet = self._until(lambda line: not line.get("calls_active"), QUIET_LIMIT_S)
        return None if quiet else "a call is on"

    def _away(self) -> str | None:
        """None once the line is away; else why it is not."""
        self._until(
            lambda line: (
                line.get("absent") == "call-is-on"
                or (line.get("absent") == "away" and not line.get("registered"))
            ),
            LEAVE_LIMIT_S,
        )
        absent = (read_status(self._paths, "line") or {}).get("absent")
        if absent == "call-is-on":
            return "a call is on"
        return None if absent == "away" else "the line did not leave the exchange"

    def _hear(self, report: CallReport, phone: PjPhone, token: str) -> None:
        line = self._settings.line
        try:
            call = Outgoing(phone, exchange_uri(line), {HEADER: token})
            call.wait(lambda: call.answered_at is not None, RING_LIMIT_S)
            answered = call.answered_at is not None
            if answered:
                call.wait(lambda: False, LISTEN_S)
            call.hang_up()
        except TelephonyError as error:
            report.check("fallback", "warn", f"could not be tried: {error}", TRY_IT)
            report.fallback_skipped = str(error)
            return
        finally:
            phone.stop()
        if not answered:
            what = "nobody answers while the line is away"
            report.check("fallback", "warn", f"{what} (answer {call.code or 'none'})", TRY_IT)
            return
        report.fallback = self._who(call)
        report.check("fallback", "ok", report.fallback)

    def _who(self, call: Outgoing) -> str:
        """In words, from what the answer says of itself and what was heard."""
        line = self._settings.line
        number = answerer(call.response)
        if any(self_call.same_number(number, own) for own in (line.user, line.test_number)):
            number = None
        who = f"the provider forwards to {number}, which answered" if number else "it was answered"
        words = read_words(
            bytes(call.heard), self._paths.models_socket, self._settings.office.language
        )
        return f'{who} with the words "{words}"' if words else who

    def _back(self, report: CallReport) -> None:
        if self._until(lambda line: bool(line.get("registered")), BACK_LIMIT_S):
            report.check("line back", "ok", "registered again")
        else:
            mend = "it goes on trying; look at `nightporter doctor` in a minute"
            report.check("line back", "fail", "not registered again yet", mend)

    def _until(self, condition: Callable[[dict[str, object]], bool], limit_s: float) -> bool:
        give_up = time.monotonic() + limit_s
        while not condition(read_status(self._paths, "line") or {}):
            if time.monotonic() > give_up:
                return False
            time.sleep(LOOK_EVERY_S)
        return True
