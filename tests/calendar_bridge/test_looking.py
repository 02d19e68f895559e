"""A look at a calendar: what is fetched, what is not, and what a fault leaves."""

from __future__ import annotations

from typing import Any

from gateway.calendar_bridge.looking import FETCH, Ask, Writing, look, write
from gateway.errors import CalendarAway, CalendarChanged, CalendarRefused


class Server:
    """Answers from a dictionary; a value that is an exception is raised."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def ask(self, do: str, **fields: Any) -> Any:
        self.asked.append(f"{do} {fields.get('href', '')}".strip())
        answer = self.answers[do]
        if callable(answer):
            answer = answer(**fields)
        if isinstance(answer, Exception):
            raise answer
        return answer


def got(calendar: str, href: str) -> dict[str, str]:
    return {"etag": f"tag {href}", "text": f"text {href}"}


def test_an_unchanged_token_asks_nothing_more() -> None:
    server = Server(token="t1")
    [found] = look(server, [Ask("weber", "t1", {"/a": "1"})])
    assert (found.token, found.changed, found.gone) == ("t1", [], [])
    assert server.asked == ["token"]


def test_only_what_changed_is_fetched_and_what_is_missing_is_gone() -> None:
    server = Server(token="t2", list=[["/a", "1", 9], ["/b", "2", 9], ["/c", "3", None]], get=got)
    [found] = look(server, [Ask("weber", "t1", {"/a": "1", "/b": "old", "/d": "4"})])
    assert [href for href, _, _ in found.changed] == ["/b", "/c"]
    assert found.gone == ["/d"] and found.whole
    assert server.asked == ["token", "list", "get /b", "get /c"]


def test_ten_megabytes_are_not_fetched_and_one_bad_event_keeps_none_back() -> None:
    def get(calendar: str, href: str) -> Any:
        return CalendarRefused("HTTP 406") if href == "/odd" else got(calendar, href)

    listed = [["/huge", "1", 10_000_000], ["/odd", "2", 9], ["/good", "3", 9]]
    [found] = look(Server(token=None, list=listed, get=get), [Ask("weber", None, {})])
    assert [href for href, _, _ in found.changed] == ["/good"]
    assert [(href, reason) for href, _, reason in found.refused] == [
        ("/huge", "too large: 10000000 bytes"),
        ("/odd", "HTTP 406"),
    ]


def test_a_large_calendar_comes_in_parts() -> None:
    listed = [[f"/{n}", "1", 9] for n in range(FETCH + 5)]
    server = Server(token="t", list=listed, get=got)
    [first] = look(server, [Ask("weber", None, {})])
    assert len(first.changed) == FETCH and not first.whole and first.token is None
    known = {href: "1" for href, _, _ in first.changed}
    [second] = look(server, [Ask("weber", first.token, known)])
    assert len(second.changed) == 5 and second.whole and second.token == "t"


def test_a_server_that_goes_away_in_the_middle_has_said_nothing() -> None:
    server = Server(token="t", list=[["/a", "1", 9]], get=CalendarAway("gone"))
    [found] = look(server, [Ask("weber", None, {"/b": "2"})])
    assert found.fault == "gone" and not found.changed and not found.gone


def test_writing_stops_when_the_server_is_away_and_goes_on_after_other_faults() -> None:
    faults = {"/a": CalendarChanged("412"), "/b": CalendarRefused("403"), "/d": CalendarAway("x")}

    def put(href: str, **_: Any) -> Any:
        return faults.get(href, {"etag": None})

    todo = [Writing("u", "weber", f"/{name}", "text", None, None) for name in "abcde"]
    done = write(Server(put=put, get=got), todo)
    assert [(d.writing.href, d.fault) for d in done] == [
        ("/a", "changed"), ("/b", "refused"), ("/c", ""), ("/d", "away"),
    ]  # fmt: skip
