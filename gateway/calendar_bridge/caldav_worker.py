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
from typing import Any
from urllib.parse import quote, unquote, urljoin, urlsplit

from caldav import DAVClient
from lxml import etree  # caldav needs it too

TIMEOUT_S = 10
"""For one request; a server in the office answers within a second."""
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

    def open(self, calendars: dict[str, dict[str, Any]]) -> None:
        """Make the clients; nothing is asked yet."""
        for key, told in calendars.items():
            self._urls[key] = told["url"]
            self._clients[key] = DAVClient(
                url=told["url"],
                username=told["user"],
                password=told["password"],
                ssl_verify_cert=told["ca"] or True,
                timeout=TIMEOUT_S,
                enable_rfc6764=False,
                require_tls=False,
            )

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
        condition = {"If-Match": etag} if etag else {"If-None-Match": "*"}
        return {"etag": _etag(self._request(calendar, href, "PUT", text, ICS | condition))}

    def delete(self, calendar: str, href: str, etag: str) -> None:
        """Fault `changed` when it was changed meanwhile."""
        self._request(calendar, href, "DELETE", "", {"If-Match": etag})

    def _properties(self, calendar: str, query: str, depth: str) -> Any:
        answer = self._request(calendar, "", "PROPFIND", query, XML | {"Depth": depth})
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
        try:
            answer = self._clients[calendar].request(url, method, body, headers)
        except Exception as error:  # of whatever library caldav speaks through
            raise Fault("away", _why(error)) from error
        status = answer.status
        if status in (409, 412):
            raise Fault("changed", f"HTTP {status}")
        if status in (404, 410):
            raise Fault("gone", f"HTTP {status}")
        if status in (401, 403) and method not in ("PUT", "DELETE"):
            raise Fault("away", f"HTTP {status}")
        if status >= 500 or status in (408, 429):
            raise Fault("away", f"HTTP {status}")
        if not 200 <= status < 300:
            raise Fault("refused", f"HTTP {status}")
        return answer


def _etag(answer: Any) -> str | None:
    headers = {str(name).lower(): str(value) for name, value in dict(answer.headers).items()}
    tag = headers.get("etag")
    return tag.removeprefix("W/") if tag else None


def _why(error: Exception) -> str:
    """What an exception means, without the words of the server."""
    found = re.search(r"certificate verify failed: ([\w ,'-]+)", str(error))
    if found is None:
        return type(error).__name__
    return f"the server's certificate is not accepted ({found[1].strip()}); see ca and url"


def path_of(url: str) -> str:
    """The path of an address, written one way: servers differ in what they escape."""
    return quote(unquote(urlsplit(url).path))


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
