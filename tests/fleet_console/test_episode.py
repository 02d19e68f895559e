"""Each alert once, closed when over, counted when it flaps."""

from __future__ import annotations

from dataclasses import replace

from gateway.contract.fleet import Alert, AlertKind
from gateway.fleet.box import Box
from gateway.fleet.episode import Episode, after, level_of, own_alerts
from gateway.fleet.settings import Alerting
from tests.fleet_console import said

NOW = said.START.timestamp() + 100_000
FLAP_S = 3600.0


def story(*alerts: Alert) -> list[Episode]:
    """Episodes after these messages."""
    episodes: list[Episode] = []
    for one in alerts:
        latest = episodes[-1] if episodes else None
        changed = after(latest, one, "box", FLAP_S, NOW)
        if changed is None:
            continue
        if latest is not None and changed.opened == latest.opened:
            episodes[-1] = changed
        else:
            episodes.append(changed)
    return episodes


def test_the_same_alert_many_times_is_one_alert() -> None:
    (episode,) = story(said.alert(), said.alert(), said.alert())
    assert (episode.count, episode.closed) == (1, None)


def test_it_is_closed_when_over_and_stays_so() -> None:
    (episode,) = story(said.alert(), said.alert(closed=60), said.alert())
    assert episode.closed == said.at(60).timestamp()


def test_the_closing_may_come_before_the_opening() -> None:
    (episode,) = story(said.alert(closed=60), said.alert())
    assert episode.closed is not None


def test_a_flapping_box_is_one_alert_with_a_count() -> None:
    flaps = [said.alert(opened=n * 600, closed=n * 600 + 60) for n in range(20)]
    (episode,) = story(*flaps)
    assert episode.count == 20
    assert episode.opened == said.at(0).timestamp()
    assert story(*flaps, *flaps) == [episode]


def test_after_a_long_quiet_it_is_another_alert() -> None:
    first, second = story(said.alert(closed=60), said.alert(opened=60 + FLAP_S + 1))
    assert (first.count, second.count, second.closed) == (1, 1, None)


def test_a_missed_closing_does_not_hide_the_next_alert() -> None:
    (episode,) = story(said.alert(opened=0), said.alert(opened=7000))
    assert (episode.count, episode.closed) == (2, None)


def test_an_older_alert_does_not_reopen_a_newer_one() -> None:
    (episode,) = story(said.alert(opened=500, closed=600), said.alert(opened=0))
    assert episode.closed is not None


def test_an_alert_from_a_wrong_clock_does_not_block_later_ones() -> None:
    wrong = said.alert(opened=10 * 365 * 86_400)
    assert story(wrong, said.alert(opened=100))[-1].opened == said.at(100).timestamp()


def test_what_the_broker_had_lost_is_open_again_when_the_box_says_so_again() -> None:
    (episode,) = story(said.alert())
    gone = replace(episode, closed=NOW, absent=True)
    back = after(gone, said.alert(), "box", FLAP_S, NOW)
    assert back is not None
    assert (back.closed, back.count) == (None, 1)


def test_a_lost_box_is_an_alert_of_the_console_after_its_time() -> None:
    rule = Alerting(lost_after_s=120)
    box = Box("a", "b", status="lost", changed=1000.0)
    assert own_alerts(box, [], rule, 1100) == []
    (opened,) = own_alerts(box, [], rule, 1121)
    assert (opened.kind, opened.state) == (AlertKind.BOX_LOST, "open")
    known = after(None, opened, "console", FLAP_S, 1121)
    assert known is not None
    assert own_alerts(box, [known], rule, 1200) == []
    (closed,) = own_alerts(replace(box, status="ready", changed=1300.0), [known], rule, 1300)
    over = after(known, closed, "console", FLAP_S, 1300)
    assert over is not None
    assert over.closed == 1300


def test_problems_have_their_level() -> None:
    (critical,) = story(said.alert())
    assert level_of("ready", []) == 0
    assert level_of("ready", [critical]) == 3
    assert level_of("silent", []) == 3
    assert level_of("disconnected", []) == 1
