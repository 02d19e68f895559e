"""An operator with a key, a broker with certificates, and a box that knows both."""

from __future__ import annotations

import base64
import ssl
import tarfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import NameOID
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from gateway.contract.fleet import Command, Result, topic
from gateway.contract.fleet_signature import public_text, sign
from tests.sync import broker
from tests.sync.conftest import Box

SITE, BOX = "hillside", "front-desk"
PATIENCE_S = 300.0
"""These tests start programs, readers and doctors; a busy machine takes its time."""


def until(condition: Callable[[], object]) -> None:
    """Wait for a condition; the test fails when it does not come true."""
    broker.until(condition, PATIENCE_S)


@dataclass
class Key:
    """An operator's signing key, which counts its commands."""

    private: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    number: int = 0

    @property
    def public(self) -> str:
        return public_text(self.private)

    def order(self, command: str, **changes: Any) -> Command:
        """A command for the box, for the next minutes."""
        self.number += 1
        now = datetime.now(UTC)
        said = {
            "site": SITE, "box": BOX, "id": uuid.uuid4().hex, "number": self.number,
            "issued": now, "expires": now + timedelta(minutes=5), "command": command,
        }  # fmt: skip
        return Command.model_validate(said | changes)

    def signed(self, command: str, **changes: Any) -> bytes:
        return sign(self.order(command, **changes), self.private)


class Authority:
    """Issues certificates for the broker and its clients."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.ca = folder / "ca.crt"
        self._write("ca", "authority", self._key, 3650, ca=True)

    def issue(self, name: str, days: float = 200) -> tuple[Path, Path]:
        """Certificate and key of a client, or of the broker on loopback; over the one before."""
        key = ec.generate_private_key(ec.SECP256R1())
        self._write(name, name, key, days)
        return self.folder / f"{name}.crt", self.folder / f"{name}.key"

    def _write(
        self, file: str, name: str, key: ec.EllipticCurvePrivateKey, days: float, ca: bool = False
    ) -> None:
        now = datetime.now(UTC)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")])
        built = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False
            )
            .sign(self._key, hashes.SHA256())
        )
        pem = serialization.Encoding.PEM
        (self.folder / f"{file}.crt").write_bytes(built.public_bytes(pem))
        (self.folder / f"{file}.key").write_bytes(
            key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )


ACL = f"""\
user {SITE}-{BOX}
topic write nightporter-fleet/v1/{SITE}/{BOX}/state
topic write nightporter-fleet/v1/{SITE}/{BOX}/health
topic write nightporter-fleet/v1/{SITE}/{BOX}/alert/+
topic write nightporter-fleet/v1/{SITE}/{BOX}/result
topic read nightporter-fleet/v1/{SITE}/{BOX}/command
topic read nightporter-fleet/v1/{SITE}/{BOX}/state

user {SITE}-other-box
topic write nightporter-fleet/v1/{SITE}/other-box/#
topic read nightporter-fleet/v1/{SITE}/other-box/#

user operator
topic readwrite nightporter-fleet/v1/#
"""
"""As docs/operator.md shows it; a test compares."""


def tls_listener(authority: Authority, acl: Path) -> str:
    """Lines of mosquitto.conf: only clients with a certificate, each with its own topics."""
    certificate, key = authority.issue("broker")
    acl.write_text(ACL)
    acl.chmod(0o600)
    return (
        f"cafile {authority.ca}\ncertfile {certificate}\nkeyfile {key}\n"
        "require_certificate true\nuse_identity_as_username true\nallow_anonymous false\n"
        f"acl_file {acl}\n"
    )


class Operator:
    """Somebody at the operator's broker, who hears everything and may say anything."""

    def __init__(
        self, port: int, key: Key | None = None, certificates: tuple[Path, Path, Path] | None = None
    ) -> None:
        self.key = key or Key()
        self.seen: list[tuple[str, bytes, bool]] = []
        self.refused: list[str] = []
        self._subscribed = False
        self.client = Client(
            CallbackAPIVersion.VERSION2,
            f"o-{uuid.uuid4().hex}",
            protocol=MQTTProtocolVersion.MQTTv5,
        )
        if certificates is not None:
            ca, certificate, private = certificates
            context = ssl.create_default_context(cafile=str(ca))
            context.load_cert_chain(certificate, private)
            self.client.tls_set_context(context)
        self.client.on_message = self._on_message
        self.client.on_subscribe = lambda *_: setattr(self, "_subscribed", True)
        self.client.on_connect = lambda client, *_: client.subscribe("#", qos=1)
        self.client.on_publish = self._on_publish
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        until(lambda: self._subscribed)

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        self.seen.append((message.topic, bytes(message.payload), message.retain))

    def _on_publish(
        self, _client: Client, _data: object, _number: int, code: Any, _: object
    ) -> None:
        if code.is_failure:
            self.refused.append(str(code))

    def send(self, payload: bytes, name: str = "command", retain: bool = False) -> None:
        """Publish as it is."""
        where = name if "/" in name else topic(SITE, BOX, name)
        self.client.publish(where, payload, qos=1, retain=retain).wait_for_publish(PATIENCE_S)

    def said(self, name: str) -> list[bytes]:
        """What was published on a topic of the box, in order."""
        where = topic(SITE, BOX, name)
        return [payload for at, payload, _ in self.seen if at == where]

    def results(self) -> list[Result]:
        return [Result.model_validate_json(payload) for payload in self.said("result")]

    def ask(self, command: str, **changes: Any) -> Result:
        """Send a signed command and wait for what becomes of it."""
        order = self.key.order(command, **changes)
        self.send(sign(order, self.key.private))
        until(lambda: self.found(order.id))
        return self.found(order.id)[0]

    def found(self, command_id: str) -> list[Result]:
        """Every result of one command."""
        return [result for result in self.results() if result.id == command_id]

    def stop(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@contextmanager
def watched_box(
    home: Path, fleet: str, office_port: int | None = None, more: str = ""
) -> Iterator[Box]:
    """A box with the lines of [fleet] in its settings; ends with the test."""
    box = Box(home, office_port)
    site = home / "site.toml"
    text = site.read_text().replace("[office]\n", f"[office]\n{more}", 1)
    site.write_text(text + "\n" + fleet)
    try:
        yield box
    finally:
        if box.process is not None and box.process.poll() is None:
            box.kill()
        box.store.close()


def fleet_table(port: int, *keys: Key, tls: tuple[Path, Path, Path] | None = None) -> str:
    """[fleet] of site.toml."""
    trusted = ", ".join(f'"{key.public}"' for key in keys)
    lines = ["[fleet]", f"operator_keys = [{trusted}]", "[fleet.mqtt]", 'host = "127.0.0.1"']
    lines += [f"port = {port}", "keep_alive_s = 5"]
    if tls is not None:
        ca, certificate, key = tls
        lines += ["tls = true", f'ca = "{ca}"', f'certificate = "{certificate}"', f'key = "{key}"']
    return "\n".join(lines) + "\n"


def parcel(folder: Path) -> str:
    """A folder as an operator sends it."""
    data = BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                tar.add(file, str(file.relative_to(folder)))
    return base64.b64encode(data.getvalue()).decode()
