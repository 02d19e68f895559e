"""Habits of CalDAV servers other than Radicale, shown by a small one that can have each of them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from gateway.calendar_bridge.calendar_link import CalendarLink, default_python
from gateway.calendar_bridge.looking import FETCH, Ask, look
from gateway.errors import CalendarAway, CalendarChanged, CalendarRefused
from tests.calendar_bridge.test_entry import ics

pytestmark = [
    pytest.mark.processes,
    pytest.mark.xdist_group("calendar-bridge"),
    pytest.mark.timeout(600),
]
FOLDER = "/dav/weber/"
EVENT = ics("DTSTART:20261201T090000Z", "DTEND:20261201T100000Z")


class Shop(ThreadingHTTPServer):
    """Files under FOLDER, and the habits."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, tuple[int, str]] = {}
        self.asked: list[str] = []
        self.reset()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def reset(self) -> None:
        self.files.clear()
        self.asked.clear()
        self.weak = False
        """ETags are weak, and If-Match compares as RFC 9110 demands"""
        self.suffix = ""
        """a proxy appends this to ETags of GET, and does not take it away again"""
        self.status: dict[str, int] = {}
        """answers to a method"""
        self.headers: dict[str, str] = {}
        """that go with it"""

    def tag(self, path: str) -> str:
        return f'{"W/" if self.weak else ""}"{self.files[path][0]}"'

    def write(self, name: str, text: str = EVENT) -> str:
        path = FOLDER + name
        self.files[path] = (self.files.get(path, (0, ""))[0] + 1, text)
        return path


class Handler(BaseHTTPRequestHandler):
    """PROPFIND, GET, PUT, DELETE."""

    server: Shop

    def answer(self, status: int, body: str = "", **headers: str) -> None:
        data = body.encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        shop = self.server
        shop.asked.append(f"{self.command} {self.path}")
        if self.command in shop.status:
            self.answer(shop.status[self.command], **shop.headers)
        elif self.command == "PROPFIND":
            if self.path != FOLDER and self.path not in shop.files:
                self.answer(404)
                return
            self.answer(207, self.listing(self.headers["Depth"]), Content_Type="application/xml")
        elif not self.allowed():
            self.answer(412)
        elif self.command == "PUT":
            shop.write(self.path.removeprefix(FOLDER), body)
            self.answer(201)
        elif self.path not in shop.files:
            self.answer(404)
        elif self.command == "DELETE":
            del shop.files[self.path]
            self.answer(204)
        else:
            tag = shop.tag(self.path)
            self.answer(200, shop.files[self.path][1], ETag=f'{tag[:-1]}{shop.suffix}"')

    do_PROPFIND = do_GET = do_PUT = do_DELETE = do

    def allowed(self) -> bool:
        there = self.path in self.server.files
        if self.headers.get("If-None-Match") == "*":
            return not there
        wanted = self.headers.get("If-Match")
        return wanted is None or (there and not self.server.weak
                                  and wanted == self.server.tag(self.path))  # fmt: skip

    def listing(self, depth: str) -> str:
        shop = self.server
        entries = f"<d:response><d:href>{FOLDER}</d:href><d:propstat><d:prop><d:resourcetype>"
        entries += "<d:collection/></d:resourcetype></d:prop></d:propstat></d:response>"
        if self.path != FOLDER:
            entries = ""
        for path in shop.files if depth == "1" else {self.path} & shop.files.keys():
            entries += (
                f"<d:response><d:href>{path}</d:href><d:propstat><d:prop><d:getetag>"
                f"{shop.tag(path)}</d:getetag></d:prop></d:propstat></d:response>"
            )
        return f'<?xml version="1.0"?><d:multistatus xmlns:d="DAV:">{entries}</d:multistatus>'

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def opened() -> Iterator[tuple[Shop, CalendarLink]]:
    shop = Shop()
    where = f"http://127.0.0.1:{shop.server_address[1]}"
    link = CalendarLink(
        default_python(),
        {
            name: {"url": f"{where}{path}", "user": "office", "password": "x", "ca": None}
            for name, path in (
                ("weber", FOLDER),
                ("busy", FOLDER),
                ("found", "/.well-known/caldav/"),
            )
        },
    )
    yield shop, link
    link.close()
    shop.shutdown()
    shop.server_close()


@pytest.fixture
def shop(opened: tuple[Shop, CalendarLink]) -> Shop:
    opened[0].reset()
    return opened[0]


@pytest.fixture
def link(opened: tuple[Shop, CalendarLink]) -> CalendarLink:
    return opened[1]


def seen(link: CalendarLink, known: dict[str, str] | None = None) -> dict[str, str]:
    """What a look leaves known: href -> etag; nothing of it was refused."""
    [found] = look(link, [Ask("weber", None, known or {})])
    assert not found.fault and not found.refused
    return {href: etag for href, etag, _ in found.changed}


@pytest.mark.parametrize(("weak", "suffix"), [(True, ""), (False, "-gzip"), (True, "-gzip")])
def test_etags_that_never_match_keep_no_booking_from_the_calendar(
    shop: Shop, link: CalendarLink, weak: bool, suffix: str
) -> None:
    shop.weak, shop.suffix = weak, suffix
    href = f"{FOLDER}a.ics"
    put: dict[str, Any] = {"calendar": "weber", "href": href}
    link.ask("put", **put, text=EVENT, etag=None)
    with pytest.raises(CalendarChanged):
        link.ask("put", **put, text=EVENT, etag=None)
    known = seen(link)
    assert seen(link, known) == {}, "not fetched again while it is the same"
    moved = EVENT.replace("T09", "T07")
    link.ask("put", **put, text=moved, etag=known[href])
    assert shop.files[href][1] == moved
    with pytest.raises(CalendarChanged):
        link.ask("put", **put, text=EVENT, etag=known[href])
    with pytest.raises(CalendarChanged):
        link.ask("delete", **put, etag=known[href])
    link.ask("delete", **put, etag=seen(link)[href])
    assert not shop.files


def test_a_server_without_tokens_and_reports_is_listed_and_thousands_come_in_parts(
    shop: Shop, link: CalendarLink
) -> None:
    paths = [shop.write(f"{n}.ics", EVENT.replace("UID:a", f"UID:{n}")) for n in range(3000)]
    assert link.ask("token", calendar="weber") is None
    known = dict.fromkeys(paths[FETCH + 1 :], '"1"')
    for more in (FETCH, 1):
        fresh = seen(link, known)
        assert len(fresh) == more
        known |= fresh
    shop.asked.clear()
    assert seen(link, known) == {}
    assert not [asked for asked in shop.asked if asked.startswith("GET")]


def test_a_name_with_an_escaped_slash_is_read_and_written(shop: Shop, link: CalendarLink) -> None:
    href = shop.write("a%2Fb.ics")
    known = seen(link)
    assert list(known) == [href]
    link.ask("put", calendar="weber", href=href, text=EVENT, etag=known[href])
    assert shop.files[href][0] == 2


def test_an_event_that_is_forbidden_is_not_a_calendar_that_is_away(
    shop: Shop, link: CalendarLink
) -> None:
    for status in (403, 507):
        shop.status = {"PUT": status}
        with pytest.raises(CalendarRefused, match=f"HTTP {status}"):
            link.ask("put", calendar="weber", href=f"{FOLDER}a.ics", text=EVENT, etag=None)
    for status in (401, 403):
        shop.status = {"PROPFIND": status}
        with pytest.raises(CalendarAway, match="see user and password_file"):
            link.ask("token", calendar="weber")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_calendar_that_is_elsewhere_says_where_and_nothing_is_written_into_the_void(
    shop: Shop, link: CalendarLink, status: int
) -> None:
    shop.headers = {"Location": f"http://127.0.0.1:{shop.server_address[1]}{FOLDER}"}
    shop.status = {"PROPFIND": status, "PUT": status}
    with pytest.raises(
        CalendarAway, match=rf"the calendar is at http.*{FOLDER}; write that as url"
    ):
        link.ask("token", calendar="found")
    with pytest.raises(CalendarAway):
        link.ask("put", calendar="weber", href=f"{FOLDER}a.ics", text=EVENT, etag=None)
    assert shop.asked == ["PROPFIND /.well-known/caldav/", f"PUT {FOLDER}a.ics"]


def test_a_server_that_asks_for_a_pause_gets_it(shop: Shop, link: CalendarLink) -> None:
    shop.status, shop.headers = {"PROPFIND": 503}, {"Retry-After": "100000"}
    with pytest.raises(CalendarAway, match="HTTP 503"):
        link.ask("list", calendar="busy")
    shop.status = {}
    with pytest.raises(CalendarAway, match="has asked for a pause"):
        link.ask("list", calendar="busy")
    assert len(shop.asked) == 1
    assert link.ask("list", calendar="weber") == [], "the others are asked"
