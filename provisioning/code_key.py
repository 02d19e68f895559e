"""A key from a one-time code: the same on every machine, by scrypt with fixed numbers. Pure.

age's own passphrase sealing chooses its work by the speed of the machine that seals, and refuses
to open what a much slower one would have to work on: a stick made on a fast laptop could be
refused by a slow or busy box. Here the work is a constant.
"""

from __future__ import annotations

import hashlib
import secrets

from gateway.errors import ProvisioningError

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without I, O, 0 and 1, which people mix up: 32 letters, 5 bits each."""
CODE_LETTERS = 20
"""100 bits. Whoever finds a stick in the post can try codes on as many machines as they like, and
nobody can slow them down or lock them out: so the code itself has to be out of reach."""
GROUP = 4
"""Letters read out at once."""

_SALT = b"nightporter one-time code 1"
"""Tells our keys from others'. It need not differ from stick to stick: a table of 2^100 codes is
beyond everybody."""
_N, _R, _P = 2**14, 8, 1
"""scrypt (RFC 7914): 16 MiB and a tenth of a second on a Raspberry Pi."""
_MEMORY = 64 * 1024 * 1024
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
"""Alphabet of BIP 173, in which age writes its keys."""
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def new_code() -> str:
    """A one-time code to read out or print: 5 groups of 4, 100 bits."""
    letters = [secrets.choice(LETTERS) for _ in range(CODE_LETTERS)]
    return "-".join("".join(letters[at : at + GROUP]) for at in range(0, CODE_LETTERS, GROUP))


def tidy_code(text: str) -> str:
    """A code as a person typed it, as it counts: capitals, without spaces and hyphens."""
    return "".join(c for c in text.upper() if c.isalnum())


def check_code(text: str) -> str:
    """The code, tidied; ProvisioningError when it could be guessed."""
    code = tidy_code(text)
    if len(code) != CODE_LETTERS or not set(code) <= set(LETTERS):
        raise ProvisioningError(
            f"--code: a one-time code has {CODE_LETTERS} capitals and digits without I, O, 0 and "
            "1, because whoever finds the stick can try as many as they like; leave --code out and "
            "one is made"
        )
    if len(set(code)) < GROUP:
        raise ProvisioningError("--code: could be guessed; leave --code out and one is made")
    return code


def key_of(code: str) -> str:
    """The secret key of a code as age writes it, `AGE-SECRET-KEY-1...`."""
    raw = hashlib.scrypt(
        tidy_code(code).encode(), salt=_SALT, n=_N, r=_R, p=_P, maxmem=_MEMORY, dklen=32
    )
    return _bech32("age-secret-key-", raw).upper()


def _bech32(prefix: str, data: bytes) -> str:
    """BIP 173: 5 bits a letter, and a checksum of six letters."""
    number, bits = int.from_bytes(data), len(data) * 8
    padding = -bits % 5
    count = (bits + padding) // 5
    words = [(number << padding) >> (5 * at) & 31 for at in reversed(range(count))]
    spread = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    check = _polymod([*spread, *words, 0, 0, 0, 0, 0, 0]) ^ 1
    words += [check >> 5 * (5 - at) & 31 for at in range(6)]
    return f"{prefix}1{''.join(_BECH32[word] for word in words)}"


def _polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for at, factor in enumerate(_GENERATOR):
            check ^= factor if top >> at & 1 else 0
    return check
