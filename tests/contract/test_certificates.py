"""Every fault of a certificate is named with its field, its file and its mend."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.contract.certificates import tls_context, what_is_wrong, why_unwelcome
from gateway.contract.settings import Broker
from gateway.errors import SyncError
from tests.sync.operator_side import Authority


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    made = Authority(tmp_path_factory.mktemp("authority"))
    for name, days in (("bridge", 30.0), ("other", 30.0), ("old", -0.5)):
        made.issue(name, days)
    (made.folder / "empty").write_text("")
    return made


def table(authority: Authority, **files: str) -> Broker:
    named = {"ca": "ca.crt", "certificate": "bridge.crt", "key": "bridge.key"} | files
    return Broker(
        host="broker.example",
        tls=True,
        **{name: str(authority.folder / file) for name, file in named.items()},  # type: ignore[arg-type]
    )


def test_a_good_pair_is_taken(authority: Authority) -> None:
    assert tls_context(table(authority)).get_ca_certs()


@pytest.mark.parametrize(
    ("files", "complaint"),
    [
        ({"ca": "none.crt"}, r"^ca: .*none\.crt cannot be read: No such file"),
        ({"ca": "empty"}, r"^ca: .*empty holds no certificate; it must be PEM"),
        ({"ca": "bridge.key"}, r"^ca: .*bridge\.key holds no certificate"),
        ({"certificate": "none.crt"}, r"^certificate: .*none\.crt cannot be read: No such file"),
        ({"certificate": "bridge.key"}, r"^certificate: .*bridge\.key holds no certificate"),
        ({"certificate": "old.crt", "key": "old.key"}, r"^certificate: .*old\.crt ended on .*new"),
        ({"key": "other.key"}, r"^key: .*other\.key does not belong to certificate .*bridge\.crt"),
        ({"key": "none.key"}, r"^key: .*none\.key cannot be read: No such file"),
        ({"key": "empty"}, r"^key: .*empty holds no key"),
    ],
)
def test_a_wrong_file_is_named(authority: Authority, files: dict[str, str], complaint: str) -> None:
    with pytest.raises(SyncError, match=complaint):
        tls_context(table(authority, **files))


def test_a_certificate_that_has_not_begun_blames_the_clock(authority: Authority) -> None:
    before = datetime.now(UTC) - timedelta(days=9)
    with pytest.raises(SyncError, match=r"certificate: .*bridge\.crt begins on .*clock"):
        tls_context(table(authority), before)


def test_a_wordless_end_says_where_to_look() -> None:
    assert "certificate and key" in why_unwelcome(Broker(host="b", tls=True))
    assert "bridge.crt" in why_unwelcome(Broker(host="b", tls=True, certificate="bridge.crt"))
    assert what_is_wrong(ConnectionRefusedError("refused"), Broker(host="b")) == "refused"
