"""The phone line as a program: settings, spool, greetings, phone, loop."""

from __future__ import annotations

import logging
import os
import sys
import time

from gateway.contract import night_mode, self_call
from gateway.contract.service import Paths, Service, log_fields, start_logging
from gateway.errors import NightporterError
from telephony.last_good import keep_as_good, secrets_that_work, settings_that_work
from telephony.line import Line
from telephony.prompts import Prompts
from telephony.self_call import Absence, SelfCalls
from telephony.sip.endpoint import PjPhone
from telephony.spool import Spool
from telephony.surroundings import Surroundings

log = logging.getLogger(__name__)

SIGN_OF_LIFE_S = 0.5
"""How often the facts are gathered: the loop itself turns a hundred times a second."""


def main() -> int:
    """Run until SIGTERM; the exit status."""
    start_logging("line")
    paths = Paths.from_environment()
    service = Service("line", paths)
    try:
        run(service, paths)
    except NightporterError as error:
        log.critical("line-cannot-start", extra=log_fields(why=error))
        print(error, file=sys.stderr)
        return 1
    finally:
        service.stopped()
    return 0


def run(service: Service, paths: Paths) -> None:
    """Start everything, turn the loop, stop in reverse."""
    paths.make_folders()
    settings = settings_that_work(paths)
    secrets = secrets_that_work(paths)
    spool = Spool(paths.spool)
    recovered = spool.recover()
    if recovered:
        log.warning("recordings-recovered", extra=log_fields(count=recovered))
    around = Surroundings(Prompts(paths.greetings), spool, settings.voicemail, paths.gateway_socket)
    line = Line(
        settings,
        around,
        lambda: night_mode.read(paths.state),
        Absence(lambda: self_call.announced(paths)),
    )
    if os.environ.get("NIGHTPORTER_VOICEMAIL_ONLY") == "1":  # by systemd/backoff
        line.keep_to_itself()
    password = secrets.line_password.get_secret_value() if secrets.line_password else None
    service.stop_on_signals()
    own = SelfCalls(settings.line, lambda: self_call.announced(paths))
    phone = PjPhone(settings.line, password, line.on_offer, own=own)
    versions = phone.versions()
    service.ready("takes calls")
    service.write_status(**line.facts(phone), **versions)
    keep_as_good(paths)
    next_sign = 0.0
    while not service.stopping:
        line.turn(phone)
        if time.monotonic() >= next_sign:
            next_sign = time.monotonic() + SIGN_OF_LIFE_S
            line.mind_absence(phone)
            service.alive(**line.facts(phone), **versions)
    line.stop(phone)


if __name__ == "__main__":
    sys.exit(main())
