"""The other side of the machine's network: the office's exchange, a broker, a caller."""

from __future__ import annotations

import time
from pathlib import Path
from types import TracebackType

from tests.sip.caller import Caller
from tests.sip.registrar import EXTENSION, PASSWORD, Registrar
from tests.sip.sound import sine
from tests.sync.broker import Mosquitto, Observer

HOST = "10.0.2.2"
"""Where the machine sees this one, in qemu's user-mode network."""

SITE = """\
[office]
name = "Old Mill Practice"
site = "mill"
box = "desk"
timezone = "Europe/London"

[office.mqtt]
host = "{host}"
port = {broker}

[opening]
monday = ["09:00-17:00"]

[[services]]
key = "visit"
name = "visit"
minutes = 30

[[practitioners]]
key = "jones"
name = "Doctor Jones"

[line]
registrar = "{host}:{registrar}"
user = "{extension}"
auth_user = "line-7"
answer = "always"

[speech]  # a reply takes minutes in software emulation
message_after_ms = 3600000

[conversation]
silence_seconds = 30
max_minutes = 60
"""


class Exchange(Registrar):
    """Kamailio behind which the machine sits as behind a NAT."""

    def __init__(self) -> None:
        super().__init__()
        text = self._config.read_text()
        # A call of the box to itself stays inside the machine, with the addresses that hold there.
        outside = f'    if ($fU != "{EXTENSION}") t_on_reply("NAT");'
        for old, new in (
            (
                'loadmodule "auth.so"',
                'loadmodule "auth.so"\nloadmodule "nathelper.so"\n' + _RECEIVED,
            ),
            ('        save("location"', '        fix_nated_register();\n        save("location"'),
            ("request_route {", "request_route {\n    force_rport();"),
            ("    t_relay();\n}\n", f"{outside}\n    t_relay();\n}}\n"),
        ):
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        self._config.write_text(text + "onreply_route[NAT] { fix_nated_contact(); }\n")


_RECEIVED = 'modparam("nathelper|registrar", "received_avp", "$avp(RECEIVED)")'


class Office:
    """Everything on this side, on loopback."""

    def __init__(self, folder: Path) -> None:
        self.exchange = Exchange().start()
        self.broker = Mosquitto(folder / "broker").start()
        self.observer = Observer(self.broker.port)

    def __enter__(self) -> Office:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.observer.stop()
        self.broker.stop()
        self.exchange.__exit__(kind, error, at)

    @property
    def site(self) -> str:
        """site.toml of a box in this office."""
        return SITE.format(
            host=HOST,
            broker=self.broker.port,
            registrar=self.exchange.port,
            extension=EXTENSION,
        )

    @property
    def password(self) -> str:
        """What the exchange wants at registration."""
        return PASSWORD

    def caller(self) -> Caller:
        """Somebody who dials the office's number."""
        return Caller(self.exchange.port, dialled=EXTENSION, seen_as=HOST)

    def dial(self, limit_s: float) -> tuple[Caller, int]:
        """Dial until somebody answers or the limit is over: 404 as long as the line has not
        registered at the exchange."""
        until = time.monotonic() + limit_s
        while True:
            caller = self.caller()
            status = caller.call(30.0)
            if status == 200 or time.monotonic() > until:
                return caller, status
            caller.close()
            time.sleep(1)

    def state(self) -> str | None:
        """What the box last said about itself on the broker."""
        said = [body for topic, body, _ in self.observer.seen if topic.endswith("/desk/state")]
        return str(said[-1].get("state")) if said and isinstance(said[-1], dict) else None


def words() -> list[int]:
    """Three seconds of somebody who says something, at 8 kHz."""
    return sine(3.0, 300.0)
