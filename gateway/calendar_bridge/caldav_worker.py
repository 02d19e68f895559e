"""Speaks CalDAV for the bridge; the only file that imports caldav.

caldav replaces urllib3 for its whole environment, so it has one of its own, and this file runs in
it, as a program: one JSON object a line in, one a line out. It imports nothing else of ours.

in   {"id": 1, "do": "open", "calendars": {"weber": {"url", "user", "password", "ca"}}}
     {"id": 2, "do": "token", "calendar": "weber"}
     {"id": 3, "do": "list", "calendar": "weber"}
     {"id": 4, "do": "get", "calendar": "weber", "href": "/office/weber/a.ics"}
     {"id": 5, "do": "put", "calendar", "href", "text", "etag": null or what stands there}
     {"id": 6, "do": "delete", "calendar", "href", "etag"}
out  {"id": 1, "done": ...} or {"id": 1, "fault": "away|refused|changed|gone", "text": "HTTP 412"}
"""

from __future__ import annotations

import contextlib
import json
import re
import sys
import time
from typing import Any
from urllib.parse import quote, unquote, urljoin, urlsplit

from caldav import DAVClient
from caldav.lib.error import AuthorizationError, RateLimitError
from lxml import etree  # caldav needs it too

TIMEOUT_S = 10
"""For one request; a server in the office answers within a second."""
LONGEST_WAIT_S = 300
"""A server that asks for more (Retry-After) is asked again after this: events must block."""
MAX_BYTES = 1_000_000
"""Of one event; the calendar's other side refuses more."""
DAV = "{DAV:}"
TOKEN = (
    '<?xml version="1.0"?><d:propfind xmlns:d="DAV:" xmlns:c="http://calendarserver.org/ns/">'
    "<d:prop><d:sync-token/><c:getctag/></d:prop></d:propfind>"
)
LIST = (
    '<?xml version="1.0"?><d:propfind xmlns:d="DAV:">'
    "<d:prop><d:getetag/><d:getcontentlength/><d:resourcetype/></d:prop></d:propfind>"
)
XML = {"Content-Type": "application/xml; charset=utf-8"}
ICS = {"Content-Type": "text/calendar; charset=utf-8"}


class Fault(Exception):
    """What the bridge is told: kind, and a text without anybody's data."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


class Calendars:
    """The calendars that were opened, one client each."""

    def __init__(self) -> None:
        self._clients: dict[str, DAVClient] = {}
        self._urls: dict[str, str] = {}
        self._not_before: dict[str, float] = {}

    def open(self, calendars: dict[str, dict[str, Any]]) -> None:
        """Make the clients; nothing is asked yet."""
        for key, told in calendars.items():
            self._urls[key] = told["url"]
            self._clients[key] = client = DAVClient(
                url=told["url"],
                username=told["user"],
                password=told["password"],
                ssl_verify_cert=told["ca"] or True,
                timeout=TIMEOUT_S,
                enable_rfc6764=False,
                require_tls=False,
            )
            _follow_nothing(client)

    def token(self, calendar: str) -> str | None:
        """Changes whenever anything in the calendar does; None where the server has no such."""
        tree = self._properties(calendar, TOKEN, "0")
        for name in ("{http://calendarserver.org/ns/}getctag", f"{DAV}sync-token"):
            for found in tree.iter(name):
                if found.text:
                    return str(found.text)
        return None

    def list(self, calendar: str) -> list[list[Any]]:
        """[href, etag, bytes or null] of each event."""
        tree = self._properties(calendar, LIST, "1")
        own = path_of(self._urls[calendar]).rstrip("/")
        found = []
        for response in tree.iter(f"{DAV}response"):
            href = path_of(response.findtext(f"{DAV}href") or "")
            tag = response.findtext(f".//{DAV}getetag")
            if response.find(f".//{DAV}collection") is not None or not tag:
                continue
            if href.rstrip("/") == own:
                continue
            size = response.findtext(f".//{DAV}getcontentlength")
            number = int(size) if size and size.isdigit() else None
            found.append([href, tag.removeprefix("W/"), number])
        return found

    def get(self, calendar: str, href: str) -> dict[str, Any]:
        """{"text", "etag"} of an event."""
        answer = self._request(calendar, href, "GET", "", {})
        text = answer.raw if isinstance(answer.raw, str) else answer.raw.decode("utf-8", "replace")
        if len(text) > MAX_BYTES:
            raise Fault("refused", f"too large: {len(text)} characters")
        return {"text": text, "etag": _etag(answer)}

    def put(self, calendar: str, href: str, text: str, etag: str | None) -> dict[str, Any]:
        """{"etag"}; fault `changed` when something else stands there than the caller knows."""
        if not etag:
            answer = self._request(calendar, href, "PUT", text, ICS | {"If-None-Match": "*"})
        else:
            answer = self._over(calendar, href, "PUT", text, ICS, etag)
        return {"etag": _etag(answer)}

    def delete(self, calendar: str, href: str, etag: str) -> None:
        """Fault `changed` when it was changed meanwhile."""
        self._over(calendar, href, "DELETE", "", {}, etag)

    def _over(
        self, calendar: str, href: str, method: str, body: str, headers: dict[str, str], etag: str
    ) -> Any:
        """Over what the caller knows. A weak ETag never matches (RFC 9110, 13.1.1), nor one that a
        proxy has changed: where it stands there still, the condition is left out."""
        try:
            return self._request(calendar, href, method, body, headers | {"If-Match": etag})
        except Fault as fault:
            if fault.kind != "changed" or self._listed_tag(calendar, href) != etag:
                raise
        return self._request(calendar, href, method, body, headers)

    def _listed_tag(self, calendar: str, href: str) -> str | None:
        tag = self._properties(calendar, LIST, "0", href).findtext(f".//{DAV}getetag")
        return str(tag).removeprefix("W/") if tag else None

    def _properties(self, calendar: str, query: str, depth: str, href: str = "") -> Any:
        answer = self._request(calendar, href, "PROPFIND", query, XML | {"Depth": depth})
        raw = answer.raw.encode() if isinstance(answer.raw, str) else answer.raw
        safe = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
        try:
            return etree.fromstring(raw, parser=safe)
        except etree.XMLSyntaxError as error:
            raise Fault("away", "the server's answer is no XML") from error

    def _request(
        self, calendar: str, href: str, method: str, body: str, headers: dict[str, str]
    ) -> Any:
        url = urljoin(self._urls[calendar], href)
        if urlsplit(url)[:2] != urlsplit(self._urls[calendar])[:2]:
            raise Fault("refused", "an address of another server")
        if time.monotonic() < self._not_before.get(calendar, 0.0):
            raise Fault("away", "the server has asked for a pause")
        try:
            answer = self._clients[calendar].request(url, method, body, headers)
        except AuthorizationError as error:
            if error.status == 403 and method in ("PUT", "DELETE"):
                raise Fault("refused", "HTTP 403") from error  # this one; others may be written
            raise Fault(
                "away", f"HTTP {error.status or 401}; see user and password_file"
            ) from error
        except RateLimitError as error:
            wait = min(error.retry_after_seconds or 0.0, LONGEST_WAIT_S)
            self._not_before[calendar] = time.monotonic() + wait
            raise Fault("away", f"HTTP {error.status}: the server asks for a pause") from error
        except Exception as error:  # of whatever library caldav speaks through
            raise Fault("away", _why(error)) from error
        status = answer.status
        if status in (409, 412):
            raise Fault("changed", f"HTTP {status}")
        if status in (404, 410):
            raise Fault("gone", f"HTTP {status}")
        if 300 <= status < 400:
            to = _headers(answer).get("location", "another address")
            raise Fault("away", f"HTTP {status}: the calendar is at {to}; write that as url")
        if status == 507:
            raise Fault("refused", "HTTP 507: the server has no room")
        if status >= 500 or status in (408, 429):
            raise Fault("away", f"HTTP {status}")
        if not 200 <= status < 300:
            raise Fault("refused", f"HTTP {status}")
        return answer


def _follow_nothing(client: Any) -> None:
    """A redirection may turn a PUT into a GET (302), or lead to a server that nobody has named."""
    ask = client.session.request

    def request(*arguments: Any, **named: Any) -> Any:
        return ask(*arguments, **(named | {"allow_redirects": False}))

    client.session.request = request


def _headers(answer: Any) -> dict[str, str]:
    return {str(name).lower(): str(value) for name, value in dict(answer.headers).items()}


def _etag(answer: Any) -> str | None:
    tag = _headers(answer).get("etag")
    return tag.removeprefix("W/") if tag else None


def _why(error: Exception) -> str:
    """What an exception means, without the words of the server."""
    found = re.search(r"certificate verify failed: ([\w ,'-]+)", str(error))
    if found is None:
        return type(error).__name__
    return f"the server's certificate is not accepted ({found[1].strip()}); see ca and url"


def path_of(url: str) -> str:
    """The path of an address, written one way: servers differ in what they escape. An escaped
    slash is part of a name."""
    return "/".join(quote(unquote(part), safe="") for part in urlsplit(url).path.split("/"))


def answer_to(calendars: Calendars, asked: dict[str, Any]) -> dict[str, Any]:
    """One line of the protocol."""
    number = asked.pop("id", None)
    try:
        what = asked.pop("do")
        if what not in ("open", "token", "list", "get", "put", "delete"):
            raise Fault("refused", "there is no such request")
        return {"id": number, "done": getattr(calendars, what)(**asked)}
    except Fault as fault:
        return {"id": number, "fault": fault.kind, "text": str(fault)}
    except Exception as error:  # noqa: BLE001 - the bridge is told, and tries again later
        return {"id": number, "fault": "away", "text": f"internal: {type(error).__name__}"}


def main() -> None:
    """Until standard input ends."""
    calendars = Calendars()
    out = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):  # a library that prints must not break the lines
        for line in sys.stdin:
            out.write(json.dumps(answer_to(calendars, json.loads(line))) + "\n")
            out.flush()


if __name__ == "__main__":
    main()
