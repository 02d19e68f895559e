"""TLS to a broker: the files that its table names, and what is wrong with them or with its own."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from gateway.contract.settings import Broker
from gateway.errors import SyncError

ANOTHER_NAME = (62, 64)
"""X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH of OpenSSL's x509_vfy.h."""
NOT_IN_FORCE = {9: "is not valid yet", 10: "has ended"}
"""X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED."""


def tls_context(broker: Broker, now: datetime | None = None) -> ssl.SSLContext:
    """For a connection to this broker; SyncError names field, file and mend."""
    if broker.ca is not None:
        read_certificates("ca", broker.ca)
    context = ssl.create_default_context(cafile=broker.ca)
    if broker.certificate is not None:
        _in_force(read_certificates("certificate", broker.certificate)[0], broker, now)
        _load_own(context, broker.certificate, broker.key)
    return context


def what_is_wrong(error: OSError | ValueError, broker: Broker) -> str:
    """What a connection that could not be made means, with the field to mend where one is known."""
    if not isinstance(error, ssl.SSLCertVerificationError):
        if isinstance(error, ssl.SSLError):
            return f"{error}; is this the broker's port for TLS? see port and tls"
        return str(error)
    if error.verify_code in NOT_IN_FORCE:
        state = NOT_IN_FORCE[error.verify_code]
        mend = f"the broker's own certificate {state}; renew it there, or see this machine's clock"
    elif error.verify_code in ANOTHER_NAME:
        mend = "host: the broker's certificate bears another name; write that name"
    else:
        named = broker.ca or "the system's authorities"
        mend = f"ca: {named} did not issue the broker's certificate; name the file of who did"
    return f"{mend} ({error})"


def why_unwelcome(broker: Broker) -> str:
    """What may be wrong when a broker closes a connection over TLS without a word."""
    if broker.certificate is None:
        return "if it wants a client certificate, name its files as certificate and key"
    return f"does it know the authority that issued certificate {broker.certificate}?"


def read_certificates(field: str, file: str) -> list[x509.Certificate]:
    """What a PEM file holds; SyncError names field, file and mend."""
    try:
        return x509.load_pem_x509_certificates(Path(file).read_bytes())
    except OSError as error:
        raise SyncError(f"{field}: {file} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise SyncError(
            f"{field}: {file} holds no certificate; it must be PEM (-----BEGIN CERTIFICATE-----)"
        ) from error


def _in_force(own: x509.Certificate, broker: Broker, now: datetime | None) -> None:
    moment = now or datetime.now(UTC)
    if moment > own.not_valid_after_utc:
        ended = own.not_valid_after_utc.date()
        raise SyncError(
            f"certificate: {broker.certificate} ended on {ended}; put a new one there, with its key"
        )
    if moment < own.not_valid_before_utc:
        begins = own.not_valid_before_utc.date()
        raise SyncError(
            f"certificate: {broker.certificate} begins on {begins}; is this machine's clock right?"
        )


def _load_own(context: ssl.SSLContext, certificate: str, key: str | None) -> None:
    where = key or certificate
    try:
        context.load_cert_chain(certificate, key, password=lambda: "")
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise SyncError(
                f"key: {where} does not belong to certificate {certificate}; name the pair"
            ) from error
        raise SyncError(
            f"key: {where} holds no key that can be read; it must be PEM, without a passphrase"
        ) from error
    except OSError as error:
        raise SyncError(f"key: {where} cannot be read: {error.strerror}") from error
