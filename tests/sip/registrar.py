"""A Kamailio on loopback as the office's exchange: digest, registrations, calls passed on."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

PASSWORD = "correct horse"
EXTENSION = "700"
"""Has to give its password with each call; its calls bear its own number."""
MODULES = Path("/usr/lib/x86_64-linux-gnu/kamailio/modules")
_CONFIG = """
debug=-1
log_stderror=yes
children=1
tcp_children=1
listen=udp:127.0.0.1:{port}
listen=tcp:127.0.0.1:{port}
loadmodule "kex.so"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "auth.so"
modparam("usrloc", "db_mode", 0)
modparam("registrar", "max_expires", {max_expires})
modparam("registrar", "min_expires", {min_expires})
modparam("auth", "nonce_expire", 60)
request_route {{
    if (!mf_process_maxfwd_header("10")) {{ exit; }}
    if (is_method("REGISTER")) {{
        if (!pv_www_authenticate("$td", "{password}", "0") || $au != "{auth_user}") {{
            www_challenge("$td", "1");
            exit;
        }}
        save("location", "0x04");
        exit;
    }}
    if (has_totag() || is_method("ACK|CANCEL")) {{ t_relay(); exit; }}
    if (is_method("INVITE") && $fU == "{extension}") {{
        if (!pv_proxy_authenticate("$fd", "{password}", "0")) {{
            proxy_challenge("$fd", "1");
            exit;
        }}
        consume_credentials();
        {drop}
    }}
    if (!lookup("location")) {{
        {otherwise}
        sl_send_reply("404", "Not Found");
        exit;
    }}
    if ($fU != "{extension}") append_hf("P-Asserted-Identity: <sip:+15550007777@pbx>\\r\\n");
    t_relay();
}}
"""


class Registrar:
    """Started, stopped and started again on the same port."""

    def __init__(
        self,
        *,
        auth_user: str = "line-7",
        max_expires: int = 600,
        min_expires: int = 1,
        forward_to: int | None = None,
        drop_header: str = "",
    ) -> None:
        """`forward_to`: port on loopback that gets calls for extensions that are not there;
        `drop_header`: a header that this exchange does not pass on."""
        if shutil.which("kamailio") is None:
            pytest.skip("kamailio is not installed")
        self.port = _free_port()
        self._folder = Path(tempfile.mkdtemp(prefix="kam-"))
        self._config = self._folder / "kamailio.cfg"
        self._config.write_text(
            _CONFIG.format(
                port=self.port,
                password=PASSWORD,
                auth_user=auth_user,
                max_expires=max_expires,
                min_expires=min_expires,
                extension=EXTENSION,
                drop=f'remove_hf("{drop_header}");' if drop_header else "",
                otherwise=f'$du = "sip:127.0.0.1:{forward_to}"; t_relay(); exit;'
                if forward_to
                else "",
            )
        )
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Registrar:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def start(self) -> Registrar:
        """Start it and wait until it answers OPTIONS or anything else."""
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                ["kamailio", "-f", str(self._config), "-DD", "-E", "-m", "32", "-M", "4",
                 "-Y", str(self._folder), "-w", str(self._folder), "-L", f"{MODULES}/"],
                stdout=log,
                stderr=log,
            )  # fmt: skip
        give_up = time.monotonic() + 10
        while time.monotonic() < give_up:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            assert self._process.poll() is None, self.log
            time.sleep(0.05)
        raise AssertionError(f"kamailio does not start: {self.log}")

    def stop(self) -> None:
        """SIGTERM, then wait."""
        if self._process and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(60)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = None

    @property
    def log(self) -> str:
        """What it has logged."""
        return (self._folder / "log").read_text(errors="replace")


def _free_port() -> int:
    with socket.socket() as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        tcp.bind(("127.0.0.1", 0))
        port = int(tcp.getsockname()[1])
        udp.bind(("127.0.0.1", port))
        return port
