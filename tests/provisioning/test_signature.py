"""Signatures, seals and texts: ours and those of the usual commands are the same."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.errors import BundleRefused, ProvisioningError
from provisioning import code_key, sealing
from provisioning.bundle import ListedFile, check_name, read_manifest, write_manifest
from provisioning.signature import SignedComment, TrustedKey, read_comment, verify
from provisioning.signing import new_key, sign
from provisioning.text import canonical, printable
from tests.provisioning.workshop import Technician, tool

needs_minisign = pytest.mark.skipif(not shutil.which("minisign"), reason="minisign is not there")
KEY_OF_CODE = "AGE-SECRET-KEY-1SFFGRP8TUPXUQ7W9RVNL5PPTCY2NQJQ2HX4D00QELVVTGVQR34VSV63WYY"
COMMENT = SignedComment("desk", "mill", 7, datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC))


@needs_minisign
def test_the_minisign_command_agrees_with_a_stick(technician: Technician, tmp_path: Path) -> None:
    technician.stick(tmp_path / "s", 1)
    said = tool(["minisign", "-V", "-m", "bundle.toml", "-p", "technician.pub"], cwd=tmp_path / "s")
    assert "Signature and comment signature verified" in said


@needs_minisign
def test_a_manifest_signed_with_the_minisign_command_is_taken(tmp_path: Path) -> None:
    tool(["minisign", "-G", "-W", "-p", tmp_path / "k.pub", "-s", tmp_path / "k.key"])
    (tmp_path / "m").write_text("format = 1\n")
    comment = COMMENT.line()
    tool(["minisign", "-S", "-s", tmp_path / "k.key", "-m", tmp_path / "m", "-t", comment])
    key = TrustedKey.from_text((tmp_path / "k.pub").read_text(), "k.pub")
    assert f"key {key.number}" in (tmp_path / "k.pub").read_text()
    found = verify("format = 1\n", (tmp_path / "m.minisig").read_text(), (key,))
    assert found == (key, comment)


@pytest.mark.parametrize("part", ["manifest", "comment"])
def test_neither_the_manifest_nor_the_comment_can_be_changed(tmp_path: Path, part: str) -> None:
    key = new_key(tmp_path / "k.key", None)
    signature = sign("format = 1\n", COMMENT, tmp_path / "k.key", None)
    manifest = "format = 1\n"
    assert verify(manifest, signature, (key,))
    if part == "manifest":
        manifest = "format = 2\n"
    else:
        signature = signature.replace("serial=7", "serial=8")
    with pytest.raises(BundleRefused, match="changed after signing"):
        verify(manifest, signature, (key,))


def test_a_locked_key_signs_with_its_password_only(tmp_path: Path) -> None:
    key = new_key(tmp_path / "k.key", "open sesame")
    with pytest.raises(ProvisioningError, match="wrong password"):
        sign("m\n", COMMENT, tmp_path / "k.key", "wrong")
    assert verify("m\n", sign("m\n", COMMENT, tmp_path / "k.key", "open sesame"), (key,))


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    new_key(tmp_path / "k.key", None)
    with pytest.raises(ProvisioningError, match="is there already"):
        new_key(tmp_path / "k.key", None)


def test_a_signed_comment_round_trips() -> None:
    assert read_comment(COMMENT.line()) == COMMENT
    assert read_comment("timestamp:123 file:bundle.toml hashed " + COMMENT.line()) == COMMENT


@pytest.mark.parametrize(
    ("comment", "why"),
    [
        ("", "box= is missing"),
        ("box=a site=b serial=1", "expires= is missing"),
        ("box=a site=b serial=0 expires=2027-01-01T00:00:00Z", "serial="),
        ("box=a site=b serial=-1 expires=2027-01-01T00:00:00Z", "serial="),
        ("box=a site=b serial=1e9 expires=2027-01-01T00:00:00Z", "serial="),
        ("box=a box=b site=b serial=1 expires=2027-01-01T00:00:00Z", "not understood"),
        ("box=../x site=b serial=1 expires=2027-01-01T00:00:00Z", "box="),
        ("box=a site=b serial=1 expires=never", "expires="),
        ("box=a site=b serial=1 expires=2027-02-30T00:00:00Z", "expires="),
        ("box=a site=b serial=1 expires=2027-01-01T00:00:00Z root=yes", "not understood"),
    ],
)
def test_a_signed_comment_that_is_not_understood_is_refused(comment: str, why: str) -> None:
    with pytest.raises(BundleRefused, match=why):
        read_comment(comment)


def test_a_manifest_round_trips() -> None:
    files = (
        ListedFile("site.toml", "settings", 12, "a" * 64),
        ListedFile("models/tiny-en/am/final.mdl", "model", 99, "b" * 64),
    )
    made = datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC)
    bundle = read_manifest(write_manifest(files, made))
    assert (bundle.files, bundle.made, bundle.trusted_keys) == (files, made, ())
    assert bundle.files[1].model == ("tiny-en", "am/final.mdl")


@pytest.mark.parametrize(
    "name",
    [
        "../site.toml", "/etc/passwd", "models/../../x/y", "a//b", ".hidden", "a/./b", "a\\b",
        "con", "models/aux.bin/x", "a\nb", "a\0b", "a b", "-rf", "a/", "", "é.toml", "x" * 201,
        "a/b/c/d/e/f/g",
    ],
)  # fmt: skip
def test_a_name_that_could_lead_anywhere_else_is_refused(name: str) -> None:
    with pytest.raises(BundleRefused):
        check_name(name)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("format = 2\nmade = 2026-01-01T00:00:00Z", "format"),
        ("format = 1", "made"),
        ("format = 1\nmade = 2026-01-01", "made"),
        ("format = 1\nmade = 2026-01-01T00:00:00Z\nrun = 'sh'", "run"),
        ("format = 1\nmade = 2026-01-01T00:00:00Z\nfiles = 3", "files"),
        ("x" * 100, "not TOML"),
        ("a = " + "[" * 5000, "not TOML"),
    ],
)
def test_a_manifest_that_is_not_understood_is_refused(text: str, why: str) -> None:
    with pytest.raises(BundleRefused, match=why):
        read_manifest(text + "\n")


@pytest.mark.parametrize(
    "file",
    [
        ListedFile("site.toml", "settings", 10**9, "a" * 64),
        ListedFile("site.toml", "script", 1, "a" * 64),
        ListedFile("site.toml", "settings", -1, "a" * 64),
        ListedFile("site.toml", "settings", 1, "A" * 64),
        ListedFile("sub/site.toml", "settings", 1, "a" * 64),
        ListedFile("weights", "model", 1, "a" * 64),
        ListedFile("models/x", "model", 1, "a" * 64),
        ListedFile("models/tiny/w", "model", 5 * 1024**3, "a" * 64),
    ],
)
def test_a_file_of_the_wrong_kind_size_or_place_is_refused(file: ListedFile) -> None:
    with pytest.raises(BundleRefused):
        read_manifest(write_manifest((file,), COMMENT.expires))


def test_two_hundred_files_are_the_most() -> None:
    files = tuple(ListedFile(f"models/m/{n}", "model", 1, "a" * 64) for n in range(201))
    assert len(read_manifest(write_manifest(files[:200], COMMENT.expires)).files) == 200
    with pytest.raises(BundleRefused, match="at most 200"):
        read_manifest(write_manifest(files, COMMENT.expires))


def test_names_that_differ_in_case_only_are_one_name_on_a_stick() -> None:
    files = tuple(ListedFile(f"models/m/{n}", "model", 1, "a" * 64) for n in ("w", "W"))
    with pytest.raises(BundleRefused, match="twice"):
        read_manifest(write_manifest(files, COMMENT.expires))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_any_line_ending_and_byte_order_mark_is_read(encoding: str, ending: str) -> None:
    assert canonical(f"é{ending}b{ending}{ending}".encode(encoding), "x") == "é\nb\n"


@pytest.mark.parametrize("data", [b"\xff\xff", b"a\0b", b"\xff\xfea", b"\xef\xbb\xbf\xff"])
def test_what_is_no_text_is_refused_by_name(data: bytes) -> None:
    with pytest.raises(BundleRefused, match=r"^x\.toml:.* UTF-8 and make"):
        canonical(data, "x.toml")


def test_what_is_shown_of_a_stick_moves_no_cursor() -> None:
    assert printable("a\x1b[2Jb\r\n‮c" + "d" * 200).isprintable()


def test_a_code_opens_however_it_was_typed() -> None:
    code = code_key.new_code()
    sealed = sealing.seal_to_code(b"x", code)
    assert sealing.unseal_with_code(sealed, ("WRONG", code.lower().replace("-", " "))) == b"x"
    with pytest.raises(BundleRefused, match=r"code\.txt"):
        sealing.unseal_with_code(sealed, ())


def test_a_code_gives_the_same_key_on_every_machine_and_for_ever() -> None:
    """The number was computed once; a stick in the post must open whatever machine made it."""
    assert code_key.key_of("abcd efgh jklm npqr stuv") == KEY_OF_CODE
    assert sealing.public_half(KEY_OF_CODE).startswith("age1")


def test_a_code_has_a_hundred_bits_and_no_letters_that_are_mixed_up() -> None:
    codes = {code_key.new_code() for _ in range(200)}
    assert len(codes) == 200
    assert len(code_key.LETTERS) ** code_key.CODE_LETTERS == 2**100
    assert not set("".join(codes)) & set("IO01")
    for code in codes:
        code_key.check_code(code)


@pytest.mark.parametrize(
    "code", ["ABCD", "ABCD-EFGH", "A" * 20, "ABCD-EFGH-JKLM-NPQR-STU0", "ABCD-EFGH-JKLM-NPQR-STUVW"]
)
def test_a_code_that_could_be_guessed_is_not_sealed_to(
    technician: Technician, tmp_path: Path, code: str
) -> None:
    with pytest.raises(ProvisioningError, match="leave --code out"):
        technician.stick(tmp_path / "s", 1, password="one", code=code)
    assert not list((tmp_path / "s").iterdir())


def test_only_the_box_itself_opens_what_is_sealed_to_its_key() -> None:
    mine, other = sealing.new_box_key(), sealing.new_box_key()
    sealed = sealing.seal_to_box(b"x", sealing.public_half(mine))
    assert sealing.unseal_with_key(sealed, mine) == b"x"
    with pytest.raises(BundleRefused, match="another box"):
        sealing.unseal_with_key(sealed, other)


@pytest.mark.skipif(not shutil.which("age"), reason="age is not there")
def test_the_age_command_seals_for_a_box(tmp_path: Path) -> None:
    mine = sealing.new_box_key()
    (tmp_path / "plain").write_bytes(b"x")
    public = sealing.public_half(mine)
    tool(["age", "-r", public, "-o", tmp_path / "sealed", tmp_path / "plain"])
    assert sealing.unseal_with_key((tmp_path / "sealed").read_bytes(), mine) == b"x"
