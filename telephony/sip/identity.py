"""Who calls, whom, and why the call came to us: read from the text of an INVITE. PURE.

Sources: RFC 3261 (syntax), RFC 3325 (P-Asserted-Identity, Privacy), RFC 5806 (Diversion),
RFC 7044 (History-Info), RFC 4458 (cause in the request URI).
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from telephony.sip.interface import Offer

LONGEST_NUMBER = 64
"""A number or user longer than this is nobody's."""
_COMPACT = {"f": "from", "t": "to", "i": "call-id", "v": "via", "c": "content-type"}
_URI = re.compile(r"(?:sips?|tel):[^>;,\s\"]+(?:;[^>,\s\"]*)?", re.IGNORECASE)
_ANONYMOUS = {"anonymous", "unknown", "unavailable", "restricted", "withheld", "private"}
_REASONS = {"no-answer", "user-busy", "unconditional", "time-of-day", "out-of-service"}
_CAUSES = {
    "302": "unconditional",
    "404": "out-of-service",
    "408": "no-answer",
    "480": "no-answer",
    "486": "user-busy",
    "487": "no-answer",
    "503": "out-of-service",
}
"""RFC 4458 causes, and SIP codes in a Reason header, in Diversion's words."""

OK, UNSUPPORTED_MEDIA_TYPE = 200, 415
READ_BY_PJSIP = ("application/dtmf-relay", "application/media_control+xml")
"""What an INFO may carry that never needs an answer of ours."""

Headers = dict[str, list[str]]


def read_offer(message: str) -> Offer:
    """The offer in an INVITE; parts that cannot be read are None."""
    request, headers = split(message)
    uri = request.split(" ")[1] if request.count(" ") >= 2 else ""
    forwarded_from, reason = forwarded(uri, headers)
    return Offer(
        caller=caller(headers),
        called=user_of(uri) or "",
        forwarded_from=forwarded_from,
        forward_reason=reason,
    )


def transfer_uri(target: str, office: str, far_end: str) -> str:
    """Whom to REFER to: a URI as it stands, a telephone number at the office's exchange.

    `office` is the host of our own address there, empty for a trunk: then the number is asked of
    whoever brought the call (`far_end`, its Contact).
    """
    if ":" in target:
        return target
    number = "".join(character for character in target if character in "+0123456789*#")
    host = office or re.sub(r"^.*sips?:(?:[^@>]*@)?|[;>?].*$", "", far_end)
    return f"sip:{number.replace('#', '%23')}@{host}"


def split(message: str) -> tuple[str, Headers]:
    """Request line and headers by small name; folded lines are joined, the body is left out."""
    head = re.split(r"\r?\n\r?\n", message, maxsplit=1)[0]
    lines = re.sub(r"\r?\n[ \t]+", " ", head).splitlines()
    headers: Headers = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        key = name.strip().lower()
        if colon:
            headers.setdefault(_COMPACT.get(key, key), []).append(value.strip())
    return (lines[0] if lines else ""), headers


def caller(headers: Headers) -> str | None:
    """P-Asserted-Identity, then Remote-Party-ID, then From; None when withheld."""
    privacy = {
        word.strip().lower()
        for value in headers.get("privacy", [])
        for word in re.split(r"[;,]", value)
    }
    if privacy & {"id", "user", "header"}:
        return None
    for party in headers.get("remote-party-id", []):
        if re.search(r"privacy\s*=\s*\"?(full|uri)", party, re.IGNORECASE):
            return None
    asserted = [part for value in headers.get("p-asserted-identity", []) for part in parts(value)]
    asserted.sort(key=lambda part: "tel:" not in part.lower())  # a number before a name
    for source in (*asserted, *headers.get("remote-party-id", []), *headers.get("from", [])):
        user = user_of(source)
        if user:
            return None if user.lower() in _ANONYMOUS or ".invalid" in source.lower() else user
    return None


def answerer(response: str) -> str | None:
    """Who answered a call of ours, from a 200: P-Asserted-Identity, Remote-Party-ID, Contact."""
    _, headers = split(response)
    asserted = [part for value in headers.get("p-asserted-identity", []) for part in parts(value)]
    contacts = [part for value in headers.get("contact", []) for part in parts(value)]
    for source in (*asserted, *headers.get("remote-party-id", []), *contacts):
        user = user_of(source)
        if user and user.lower() not in _ANONYMOUS:
            return user
    return None


def forwarded(uri: str, headers: Headers) -> tuple[str | None, str | None]:
    """Number first dialled and the reason why the call was sent on."""
    diversions = [part for value in headers.get("diversion", []) for part in parts(value)]
    if diversions:  # the newest is on top, the first diversion at the bottom
        return user_of(diversions[-1]), _reason(_parameter(diversions[0], "reason"))
    history = [part for value in headers.get("history-info", []) for part in parts(value)]
    if len(history) > 1:
        cause = re.search(r"cause(?:=|%3D)(\d{3})", history[-2] + history[-1], re.IGNORECASE)
        return user_of(history[0]), _CAUSES.get(cause.group(1)) if cause else None
    target, cause_code = _parameter(uri, "target"), _parameter(uri, "cause")
    if target:
        target = unquote(target)
        return user_of(target) or target[:LONGEST_NUMBER], _CAUSES.get(cause_code or "")
    return None, None


def user_of(text: str) -> str | None:
    """User part of the first SIP or tel URI in a header value."""
    found = _URI.search(text)
    if not found:
        return None
    scheme, _, rest = found.group(0).partition(":")
    if scheme.lower() == "tel":
        user = rest.split(";")[0]
    elif "@" in rest:
        user = rest.split("@")[0].split(";")[0].split(":")[0]
    else:
        return None
    user = unquote(user).strip()
    if re.fullmatch(r"\+?[\d().\- ]+", user):
        user = re.sub(r"[().\- ]", "", user)
    return user if 0 < len(user) <= LONGEST_NUMBER and user.isprintable() else None


def parts(value: str) -> list[str]:
    """Split a header value at commas outside quotes and angle brackets."""
    found = re.findall(r'(?:"(?:\\.|[^"\\])*"|<[^>]*>|[^,"<])+', value)
    return [part.strip() for part in found if part.strip()]


def read_info(message: str) -> tuple[str | None, int | None]:
    """The key in a SIP INFO of type application/dtmf, whose body is only the key, and our answer.

    Nothing at all is in order, and so is a key that no telephone has (a hook flash): 200. A type
    that nobody here reads is 415 (RFC 6086, 4.2.2). None: PJSIP reads and answers it.
    """
    _, headers = split(message)
    kind = (headers.get("content-type") or [""])[0].split(";")[0].strip().lower()
    _, body = [*re.split(r"\r?\n\r?\n", message, maxsplit=1), ""][:2]
    body = body.strip()
    if kind == "application/dtmf":
        key = {"10": "*", "11": "#"}.get(body, body.upper())
        return (key if re.fullmatch(r"[0-9*#A-D]", key) else None), OK
    if not body:
        return None, OK
    return None, None if kind in READ_BY_PJSIP else UNSUPPORTED_MEDIA_TYPE


def _parameter(text: str, name: str) -> str | None:
    found = re.search(rf";\s*{name}\s*=\s*\"?([^\";,>\s]+)", text, re.IGNORECASE)
    return found.group(1) if found else None


def _reason(word: str | None) -> str | None:
    return word.lower() if word and word.lower() in _REASONS else None
