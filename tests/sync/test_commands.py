"""Only a signed command for this box, in time and with a new number, is obeyed."""

from __future__ import annotations

import base64
import json
import subprocess
import tarfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, get_args

import pytest

from gateway.contract import night_mode
from gateway.contract.fleet import CheckName, Command, Health, Refusal, Result, topic
from gateway.contract.fleet_signature import Order, sign
from gateway.contract.service import Paths, Service
from gateway.contract.settings_file import load_settings
from gateway.errors import StoreError
from gateway.store.store import Store
from gateway.sync.connection import Message
from gateway.sync.operator import bundle_in
from gateway.sync.operator.commands import Commands, Identity
from gateway.sync.operator.orders import Orders
from provisioning import doctor
from tests.sync.conftest import SAMPLE
from tests.sync.operator_side import BOX, SITE, Key, parcel

KEY, FOREIGN = Key(), Key()
HERE = topic(SITE, BOX, "command")
Ask = Callable[..., "Order | Result | None"]


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    made = Paths.from_environment({"NIGHTPORTER_HOME": str(tmp_path / "home")})
    made.make_folders()
    return made


@pytest.fixture
def store(paths: Paths) -> Iterator[Store]:
    made = Store.open(paths.database, load_settings(SAMPLE))
    yield made
    made.close()


class Ear:
    """The box's ear for commands; an hour passes between two."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.commands = Commands(store, Identity(SITE, BOX, (KEY.public,)))
        self.now_s = 0.0

    def hear(self, payload: bytes, where: str = HERE, retained: bool = False) -> Any:
        self.now_s += 3600
        message = Message(where, payload, 1, retained)
        return self.commands.hear(message, datetime.now(UTC), self.now_s)

    def refused(self) -> int:
        return self.store.figures(now=datetime.now(UTC)).refused


@pytest.fixture
def ear(store: Store) -> Ear:
    return Ear(store)


def inner(document: object, key: Key = KEY) -> bytes:
    """Rubbish with a good signature."""
    from gateway.contract.fleet import SIGNED_PREFIX
    from gateway.contract.fleet_signature import key_id

    said = document if isinstance(document, bytes) else json.dumps(document).encode()
    signature = key.private.sign(SIGNED_PREFIX + said)
    return json.dumps(
        {
            "version": 1,
            "command": base64.b64encode(said).decode(),
            "key": key_id(key.public),
            "signature": base64.b64encode(signature).decode(),
        }
    ).encode()


def plain(**changes: Any) -> dict[str, Any]:
    return json.loads(KEY.order("ping").model_dump_json()) | changes


def changed(payload: bytes, **changes: Any) -> bytes:
    return json.dumps(json.loads(payload) | changes).encode()


def moved_bit(payload: bytes) -> bytes:
    envelope = json.loads(payload)
    said = base64.b64decode(envelope["command"]).replace(b'"ping"', b'"report"')
    return changed(payload, command=base64.b64encode(said).decode())


NOW = datetime.now(UTC)
BAD: list[tuple[str, Callable[[], bytes], Refusal]] = [
    ("empty", lambda: b"", Refusal.UNREADABLE),
    ("10 MB", lambda: b'{"a":"' + b"x" * 10_000_000 + b'"}', Refusal.UNREADABLE),
    ("10 MB of brackets", lambda: b"[" * 10_000_000, Refusal.UNREADABLE),
    ("depth 10,000", lambda: b'{"a":' * 10_000 + b"1" + b"}" * 10_000, Refusal.UNREADABLE),
    ("duplicate keys", lambda: b'{"version":1,"version":1}', Refusal.UNREADABLE),
    ("NaN", lambda: b'{"version":1,"at":NaN}', Refusal.UNREADABLE),
    ("invalid UTF-8", lambda: b'{"version":1,"a":"\xff\xfe"}', Refusal.UNREADABLE),
    ("a list", lambda: b"[]", Refusal.UNREADABLE),
    ("an endless number", lambda: b'{"version":' + b"9" * 5000 + b"}", Refusal.UNREADABLE),
    ("no version", lambda: b"{}", Refusal.UNKNOWN_VERSION),
    ("future version", lambda: changed(KEY.signed("ping"), version=2), Refusal.UNKNOWN_VERSION),
    ("version true", lambda: changed(KEY.signed("ping"), version=True), Refusal.UNKNOWN_VERSION),
    ("no base64", lambda: changed(KEY.signed("ping"), command="*"), Refusal.UNREADABLE),
    ("foreign key", lambda: FOREIGN.signed("ping"), Refusal.UNKNOWN_KEY),
    ("foreign signature under our key's name",
     lambda: changed(FOREIGN.signed("ping"), key=json.loads(KEY.signed("ping"))["key"]),
     Refusal.BAD_SIGNATURE),
    ("one word changed", lambda: moved_bit(KEY.signed("ping")), Refusal.BAD_SIGNATURE),
    ("signature cut", lambda: changed(KEY.signed("ping"), signature="AAAA"), Refusal.BAD_SIGNATURE),
    ("signed: no command", lambda: inner({"version": 1}), Refusal.UNREADABLE),
    ("signed: unknown command", lambda: inner(plain(command="dance")), Refusal.UNREADABLE),
    ("signed: unknown field", lambda: inner(plain(force=True)), Refusal.UNREADABLE),
    ("signed: future version", lambda: inner(plain(version=2)), Refusal.UNKNOWN_VERSION),
    ("signed: negative number", lambda: inner(plain(number=-1)), Refusal.UNREADABLE),
    ("signed: number too high", lambda: inner(plain(number=2**53)), Refusal.UNREADABLE),
    ("signed: NaN", lambda: inner(b'{"version":1,"number":NaN}'), Refusal.UNREADABLE),
    ("signed: no zone", lambda: inner(plain(issued="2026-11-22T10:00:00")), Refusal.UNREADABLE),
    ("for another site", lambda: KEY.signed("ping", site="elsewhere"), Refusal.OTHER_BOX),
    ("for another box", lambda: KEY.signed("ping", box="back-door"), Refusal.OTHER_BOX),
    ("expired", lambda: KEY.signed("ping", expires=NOW - timedelta(seconds=1)), Refusal.EXPIRED),
    ("from the future",
     lambda: KEY.signed("ping", issued=datetime.now(UTC) + timedelta(minutes=10)), Refusal.NOT_YET),
]  # fmt: skip


@pytest.mark.parametrize(
    ("payload", "refusal"), [(p, r) for _, p, r in BAD], ids=[n for n, *_ in BAD]
)
def test_bad_input_is_refused_with_a_reason_and_counted(
    ear: Ear, payload: Callable[[], bytes], refusal: Refusal
) -> None:
    heard = ear.hear(payload())
    assert isinstance(heard, Result)
    assert (heard.result, heard.refusal) == ("refused", refusal)
    assert ear.refused() == 1
    assert isinstance(ear.hear(KEY.signed("ping")), Order), "the next good one is obeyed"


def test_a_good_one_is_accepted_once_and_never_again(ear: Ear, paths: Paths) -> None:
    payload = KEY.signed("ping")
    assert isinstance(ear.hear(payload), Order)
    for _ in range(2):
        again = ear.hear(payload)
        assert (again.result, again.refusal) == ("refused", Refusal.REPLAYED)
        assert again.id is not None, "whoever sent it learns which one"
    reopened = Store.open(paths.database, load_settings(SAMPLE))
    assert Ear(reopened).hear(payload).refusal == Refusal.REPLAYED, "also after a restart"
    reopened.close()


def test_reordered_commands_are_refused(ear: Ear) -> None:
    first, second = KEY.signed("ping"), KEY.signed("ping")
    assert isinstance(ear.hear(second), Order)
    assert ear.hear(first).refusal == Refusal.REPLAYED


def test_a_refused_command_uses_no_number_up(ear: Ear) -> None:
    order = KEY.order("ping")
    late = sign(order.model_copy(update={"expires": NOW - timedelta(days=1)}), KEY.private)
    assert ear.hear(late).refusal == Refusal.EXPIRED
    assert isinstance(ear.hear(sign(order, KEY.private)), Order)


@pytest.mark.parametrize(
    "where", [topic("elsewhere", BOX, "command"), topic(SITE, BOX, "state"), ""]
)
def test_a_topic_of_another_site_is_refused_even_with_a_good_signature(
    ear: Ear, where: str
) -> None:
    assert ear.hear(KEY.signed("ping"), where).refusal == Refusal.OTHER_BOX


def test_a_retained_command_is_refused(ear: Ear) -> None:
    assert ear.hear(KEY.signed("ping"), retained=True).refusal == Refusal.REPLAYED


def test_a_flood_is_counted_but_neither_answered_nor_written_one_by_one(store: Store) -> None:
    commands = Commands(store, Identity(SITE, BOX, (KEY.public,)))
    heard = [
        commands.hear(Message(HERE, b"{", 1), datetime.now(UTC), n / 1000) for n in range(2000)
    ]
    answers = [result for result in heard if result is not None]
    assert 1 <= len(answers) <= 3
    assert store.inbox_counts()["refused"] == 1
    commands.settle(datetime.now(UTC), 1000.0)
    assert store.figures(now=datetime.now(UTC)).refused == 2000


def test_without_trusted_keys_nobody_is_obeyed(store: Store) -> None:
    commands = Commands(store, Identity(SITE, BOX, ()))
    heard = commands.hear(Message(HERE, KEY.signed("ping"), 1), datetime.now(UTC), 0.0)
    assert isinstance(heard, Result) and heard.refusal == Refusal.UNKNOWN_KEY


# --- what an accepted command does ------------------------------------------------------


def done(out: str, code: int = 0) -> Callable[..., Any]:
    return lambda command, _limit: subprocess.CompletedProcess(command, code, out, "")


def no_health() -> Health:
    raise StoreError("n.db: another program keeps the database locked")


def test_a_report_without_a_database_is_a_failure(paths: Paths) -> None:
    assert execute(paths, KEY.order("report")).refusal == Refusal.FAILED


def execute(paths: Paths, command: Command, run: Any = None) -> Result:
    orders = Orders(paths, no_health, run or done(""))
    result = orders.execute(command)
    deadline = time.monotonic() + 60
    while result is None and time.monotonic() < deadline:
        result = orders.take_done()
    assert result is not None and result.id == command.id
    return result


def test_ping_answers(paths: Paths) -> None:
    assert execute(paths, KEY.order("ping")).result == "done"


@pytest.mark.parametrize("mode", ["on", "off", "auto"])
def test_night_mode_is_in_force_at_once(paths: Paths, mode: Any) -> None:
    night_mode.write(paths.state, "on")
    assert execute(paths, KEY.order("night-mode", night_mode=mode)).result == "done"
    assert night_mode.read(paths.state) == mode


@pytest.mark.parametrize("command", ["night-mode", "restart", "settings"])
def test_a_command_without_its_object_is_refused(paths: Paths, command: str) -> None:
    result = execute(paths, KEY.order(command))
    assert (result.result, result.refusal) == ("refused", Refusal.UNREADABLE)


def running(paths: Paths, name: str, **facts: Any) -> Service:
    service = Service(name, paths)
    service.ready()
    service.write_status(**facts)
    return service


def test_restart_asks_the_program_to_leave(paths: Paths) -> None:
    running(paths, "models")
    assert execute(paths, KEY.order("restart", program="models")).result == "started"
    assert paths.restart_request("models").exists()


@pytest.mark.parametrize("program", ["line", "gateway"])
@pytest.mark.parametrize("facts", [{"calls_active": 1}, {"calls": 2}])
def test_restart_would_cut_nobody_off(paths: Paths, program: str, facts: dict[str, int]) -> None:
    running(paths, "line", calls_active=facts.get("calls_active", 0))
    running(paths, "gateway", calls=facts.get("calls", 0))
    result = execute(paths, KEY.order("restart", program=program))
    assert result.refusal == Refusal.CALL_ON and not paths.restart_request(program).exists()


def test_a_program_that_does_not_run_cannot_be_restarted(paths: Paths) -> None:
    assert execute(paths, KEY.order("restart", program="sync")).refusal == Refusal.FAILED


def test_diagnose_gives_names_and_results_alone(paths: Paths) -> None:
    found = {"checks": [
        {"name": "night mode", "result": "warn", "what": "Anna Brown, +12125550123", "mend": "x"},
        {"name": "disk", "result": "ok", "what": "y"},
        {"name": "Anna Brown", "result": "Anna", "what": ""},
        "rubbish",
    ]}  # fmt: skip
    result = execute(paths, KEY.order("diagnose"), done(json.dumps(found), 3))
    assert [(c.name, c.result) for c in result.checks] == [
        ("night-mode", "warning"), ("disk", "ok"), ("other", "failed"),
    ]  # fmt: skip
    assert "Anna" not in result.model_dump_json() and "555" not in result.model_dump_json()


def test_every_check_of_the_doctor_has_a_name_for_the_operator(paths: Paths) -> None:
    quiet = lambda command, _limit: subprocess.CompletedProcess(command, 1, "", "")  # noqa: E731
    names = {f.name.replace(" ", "-") for f in doctor.examine(paths, quick=True, run=quiet)}
    assert names <= set(get_args(CheckName)) and len(names) > 10


@pytest.mark.parametrize("answer", ["", "[]", "no", '{"checks": 7}', "[" * 100_000])
def test_a_doctor_without_an_answer_is_a_failure(paths: Paths, answer: str) -> None:
    assert execute(paths, KEY.order("diagnose"), done(answer, 1)).refusal == Refusal.FAILED


def test_a_test_call_tells_what_was_proved(paths: Paths) -> None:
    found = {"answered": True, "said": "words", "heard": "words", "understood": "book",
             "fallback": None, "fallback_skipped": "a call is on"}  # fmt: skip
    result = execute(paths, KEY.order("test-call"), done(json.dumps(found)))
    assert [(c.name, c.result) for c in result.checks] == [
        ("answered", "ok"), ("understood", "ok"), ("fallback", "skipped"),
    ]  # fmt: skip
    assert "words" not in result.model_dump_json()
    assert execute(paths, KEY.order("test-call"), done("", 2)).refusal == Refusal.UNSUPPORTED
    assert execute(paths, KEY.order("test-call"), done("", 1)).refusal == Refusal.FAILED


def test_long_commands_wait_for_each_other_and_too_many_are_refused(paths: Paths) -> None:
    running_now, results = [], []

    def slow(command: list[str], _limit: float) -> Any:
        running_now.append(command)
        while len(results) == 0:
            time.sleep(0.01)
        return subprocess.CompletedProcess(command, 0, "", "")

    orders = Orders(paths, no_health, slow)
    asked = [orders.execute(KEY.order("diagnose")) for _ in range(12)]
    refused = [result for result in asked if result is not None]
    assert all(result.refusal == Refusal.FAILED for result in refused) and len(refused) >= 7
    assert len(running_now) <= 1, "one after the other"
    results.append("go")


# --- settings ----------------------------------------------------------------------------


def tar_of(*members: tarfile.TarInfo, data: bytes = b"x") -> str:
    out = BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for member in members:
            member.size = member.size or (len(data) if member.isreg() else 0)
            tar.addfile(member, BytesIO(data * member.size) if member.isreg() else None)
    return base64.b64encode(out.getvalue()).decode()


def named(
    name: str, kind: bytes = tarfile.REGTYPE, link: str = "", size: int = 0
) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname, member.size = kind, link, size
    return member


HOSTILE = [
    "*",
    base64.b64encode(b"no tar at all" * 100).decode(),
    tar_of(named("../../site.toml")),
    tar_of(named("/etc/passwd")),
    tar_of(named("a/../../b")),
    tar_of(named("link", tarfile.SYMTYPE, "/etc/shadow")),
    tar_of(named("link", tarfile.LNKTYPE, "/etc/shadow")),
    tar_of(named("pipe", tarfile.FIFOTYPE)),
    tar_of(named("device", tarfile.CHRTYPE)),
    tar_of(named("twice"), named("twice")),
    tar_of(named("a/b/c/d/e")),
    tar_of(named(".hidden")),
    tar_of(*(named(f"f{n}") for n in range(300))),
    tar_of(named("big", size=bundle_in.MAX_BYTES + 1)),
]


@pytest.mark.parametrize("bundle", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_parcel_is_refused_and_nothing_of_it_stays(paths: Paths, bundle: str) -> None:
    order = KEY.order("settings", bundle="AAAA").model_copy(update={"bundle": bundle})
    before = set(paths.state.parent.rglob("*"))
    assert execute(paths, order).refusal == Refusal.FAILED
    assert set(paths.state.parent.rglob("*")) - before <= {paths.state / "incoming"}


def test_the_outcome_of_a_parcel_comes_under_the_id_of_its_command(
    paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle_in, "_under_systemd", lambda: True)
    (tmp_path / "stick").mkdir()
    (tmp_path / "stick" / "bundle.toml").write_text("x")
    order = KEY.order("settings", bundle=parcel(tmp_path / "stick"))
    assert execute(paths, order).result == "started"
    assert (bundle_in.place(paths) / "bundle.toml").read_text() == "x"
    assert bundle_in.take_outcome(paths, NOW) is None, "it is being read"
    assert execute(paths, KEY.order("settings", bundle=order.bundle)).refusal == Refusal.FAILED
    (paths.runtime / "settings.exit").write_text("0\n")
    result = bundle_in.take_outcome(paths, NOW)
    assert result is not None and (result.id, result.result) == (order.id, "done")
    assert bundle_in.take_outcome(paths, NOW) is None, "told once"
