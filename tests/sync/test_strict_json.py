"""JSON from strangers: what is refused, and what merely looks bad."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.contract.strict_json import MAX_BYTES, MAX_DEPTH, read
from gateway.errors import MessageRefused

BAD = {
    "10 MB": (b'{"a":"' + b"x" * 10_000_000 + b'"}', "too-large"),
    "depth 10,000": (b'{"a":' + b"[" * 10_000 + b"]" * 10_000 + b"}", "too-deep"),
    "depth of objects": (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "too-deep"),
    "only opening brackets": (b"[" * 100_000, "too-deep"),
    "duplicate keys": (b'{"a":1,"a":2}', "duplicate-key"),
    "duplicate keys within": (b'{"a":{"b":1,"b":1}}', "duplicate-key"),
    "escaped duplicate": (b'{"a":1,"\\u0061":2}', "duplicate-key"),
    "NaN": (b'{"a":NaN}', "not-finite"),
    "Infinity": (b'{"a":-Infinity}', "not-finite"),
    "1e999": (b'{"a":1e999}', "not-finite"),
    "invalid UTF-8": (b'{"a":"\xff\xfe"}', "not-utf-8"),
    "overlong UTF-8": (b'{"a":"\xc0\xaf"}', "not-utf-8"),
    "encoded surrogate": (b'{"a":"\xed\xa0\x80"}', "not-utf-8"),
    "lone surrogate": (b'{"a":"\\ud800"}', "bad-text"),
    "NUL": (b'{"a":"\\u0000"}', "bad-text"),
    "control in a list": (b'{"a":["\\u0007"]}', "bad-text"),
    "control in a key": (b'{"\\u0007":1}', "bad-text"),
    "not JSON": (b"{", "not-json"),
    "empty": (b"", "not-json"),
    "two documents": (b"{}{}", "not-json"),
    "huge integer": (b'{"a":' + b"9" * 10_000 + b"}", "not-json"),
    "byte order mark": (b"\xef\xbb\xbf{}", "not-json"),
    "a list": (b"[]", "schema"),
    "a string": (b'"x"', "schema"),
}


@pytest.mark.parametrize("name", sorted(BAD))
def test_bad_input_is_refused_with_its_reason_and_quickly(name: str) -> None:
    payload, code = BAD[name]
    started = time.process_time()
    with pytest.raises(MessageRefused) as refused:
        read(payload)
    assert str(refused.value).startswith(f"{code}:")
    assert time.process_time() - started < 1.0


def test_brackets_within_strings_are_not_depth() -> None:
    text = "[{" * 1000 + '\\"[['
    assert read(b'{"a":"' + text.encode() + b'"}')["a"].startswith("[{")


def test_the_deepest_and_the_largest_that_are_allowed() -> None:
    inner = MAX_DEPTH - 1
    assert read(b'{"a":' + b"[" * inner + b"]" * inner + b"}")
    assert read(b'{"a":"' + b"x" * (MAX_BYTES - 8) + b'"}')


def test_newlines_tabs_and_other_scripts_are_fine() -> None:
    assert read('{"a":"Zoë\\n\\tمرحبا 😀"}'.encode())["a"] == "Zoë\n\tمرحبا 😀"


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_never_worse(payload: bytes) -> None:
    try:
        assert isinstance(read(payload), dict)
    except MessageRefused as refusal:
        assert ":" in str(refusal)
