"""Sound that carries its own words: what the fakes say to each other through the real gateway.

A stretch of PCM begins with a mark and the words, then is merely loud. So words travel the way that
sound does, and a test can tell which call, which sentence and which order.
"""

from __future__ import annotations

from gateway.contract.call_link import FRAME_BYTES, RATE_HZ, WIDTH_BYTES

MARK = b"\x11\x5anp\x5a\x11"
LOUD = b"\x00\x20\x00\xe0"
"""Two samples well above any noise."""
SILENCE = bytes(FRAME_BYTES)


def pcm_of(text: str, ms: int) -> bytes:
    """Sound of this length (or as long as the words need) with these words in it."""
    said = text.encode()
    head = MARK + len(said).to_bytes(2, "little") + said
    head += b"\0" * (len(head) % 2)
    size = RATE_HZ * WIDTH_BYTES * ms // 1000
    return head + (LOUD * (size // 4 + 1))[: max(0, size - len(head))]


def words_in(pcm: bytes) -> str | None:
    """The words in sound that begins with the mark; None where it does not."""
    if not pcm.startswith(MARK):
        return None
    start = len(MARK) + 2
    size = int.from_bytes(pcm[len(MARK) : start], "little")
    return pcm[start : start + size].decode()
