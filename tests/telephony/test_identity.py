"""Who calls and why, from the text of an INVITE."""

from __future__ import annotations

import pytest

from telephony.sip.identity import read_info, read_offer, split, transfer_uri
from telephony.sip.interface import Offer


def invite(*headers: str, uri: str = "sip:700@10.0.0.9", sender: str = "sip:201@pbx") -> str:
    lines = [
        f"INVITE {uri} SIP/2.0",
        "Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1",
        f"From: <{sender}>;tag=1",
        "To: <sip:700@10.0.0.9>",
        *headers,
    ]
    return "\r\n".join(lines) + "\r\n\r\nv=0\r\nDiversion: <sip:body@no.header>\r\n"


def test_from_is_the_caller_where_nothing_better_is_said() -> None:
    assert read_offer(invite()) == Offer("201", "700", None, None)


@pytest.mark.parametrize(
    ("headers", "caller"),
    [
        (("P-Asserted-Identity: <sip:+15551112222@carrier>",), "+15551112222"),
        (("P-Asserted-Identity: <sip:alice@carrier>, <tel:+1-555-111-2222>",), "+15551112222"),
        (
            ("P-Asserted-Identity: <sip:alice@carrier>", "P-Asserted-Identity: <tel:+15551112222>"),
            "+15551112222",
        ),
        (('Remote-Party-ID: "Al" <sip:5551112@pbx>;party=calling;privacy=off',), "5551112"),
        (('Remote-Party-ID: "Al" <sip:5551112@pbx>;party=calling;privacy=full',), None),
        (("P-Asserted-Identity: <sip:+15551112222@carrier>", "Privacy: id"), None),
        (("P-Asserted-Identity: <sip:+15551112222@carrier>", "Privacy: none"), "+15551112222"),
        (("p-asserted-identity:  <sip:+1%28555%29111-2222;cpc=ordinary@c>",), "+15551112222"),
        (("P-Asserted-Identity: garbage",), "201"),
    ],
)
def test_asserted_identity_goes_first_and_privacy_is_honoured(
    headers: tuple[str, ...], caller: str | None
) -> None:
    assert read_offer(invite(*headers)).caller == caller


@pytest.mark.parametrize(
    "sender", ["sip:anonymous@anonymous.invalid", "sip:Anonymous@pbx", "sip:unknown@pbx", "sip:pbx"]
)
def test_an_anonymous_caller_has_no_number(sender: str) -> None:
    assert read_offer(invite(sender=sender)).caller is None


def test_the_first_diversion_is_the_number_dialled_and_the_last_gives_the_reason() -> None:
    offer = read_offer(
        invite(
            "Diversion: <sip:201@pbx>;reason=no-answer;counter=1",
            "Diversion: <tel:+15550001111>;reason=unconditional",
        )
    )
    assert (offer.forwarded_from, offer.forward_reason) == ("+15550001111", "no-answer")


def test_two_diversions_in_one_header_are_two() -> None:
    offer = read_offer(
        invite('Diversion: "B, C" <sip:202@pbx>;reason=user-busy, <sip:203@pbx>;reason=no-answer')
    )
    assert (offer.forwarded_from, offer.forward_reason) == ("203", "user-busy")


def test_history_info_names_the_first_target() -> None:
    offer = read_offer(
        invite(
            "History-Info: <sip:+15550002222@carrier>;index=1,"
            " <sip:700@box;cause=408>;index=1.1;mp=1"
        )
    )
    assert (offer.forwarded_from, offer.forward_reason) == ("+15550002222", "no-answer")


def test_rfc_4458_parameters_of_the_request_uri() -> None:
    offer = read_offer(invite(uri="sip:700@10.0.0.9;target=sip:bob%40example.com;cause=486"))
    assert (offer.called, offer.forwarded_from, offer.forward_reason) == (
        "700", "bob", "user-busy",
    )  # fmt: skip


def test_an_unknown_reason_is_left_out() -> None:
    offer = read_offer(invite("Diversion: <sip:201@pbx>;reason=because"))
    assert (offer.forwarded_from, offer.forward_reason) == ("201", None)


@pytest.mark.parametrize(
    "text", ["", "INVITE", "\r\n\r\n", "INVITE sip: SIP/2.0\r\nFrom:\r\n", ":"]
)
def test_rubbish_is_an_offer_from_nobody(text: str) -> None:
    assert read_offer(text).caller is None


def test_folded_and_short_headers_are_read() -> None:
    _, headers = split("INVITE x SIP/2.0\r\nf: <sip:1@h>\r\n ;tag=2\r\n\r\n")
    assert headers["from"] == ["<sip:1@h> ;tag=2"]


@pytest.mark.parametrize(
    ("kind", "body", "digit", "answer"),
    [
        ("application/dtmf", "5", "5", 200),
        ("application/dtmf; charset=utf-8", "#\r\n", "#", 200),
        ("application/dtmf", "11", "#", 200),
        ("application/dtmf", "a", "A", 200),
        ("application/dtmf", "16", None, 200),
        ("application/dtmf", "rm -rf", None, 200),
        ("application/dtmf-relay", "Signal=5", None, None),
        ("application/dtmf-relay", "", None, 200),
        ("text/plain", "5", None, 415),
    ],
)
def test_info_is_read_and_answered(
    kind: str, body: str, digit: str | None, answer: int | None
) -> None:
    assert read_info(f"INFO x SIP/2.0\r\nContent-Type: {kind}\r\n\r\n{body}") == (digit, answer)


def test_info_without_anything_is_in_order() -> None:
    assert read_info("INFO x SIP/2.0\r\nContent-Length: 0\r\n\r\n") == (None, 200)


@pytest.mark.parametrize(
    ("target", "office", "uri"),
    [
        ("sip:oncall@127.0.0.1:5090", "pbx", "sip:oncall@127.0.0.1:5090"),
        ("tel:+12125550100", "pbx", "tel:+12125550100"),
        ("+1 (212) 555-0100", "pbx:5070", "sip:+12125550100@pbx:5070"),
        ("201", "", "sip:201@10.0.0.1:5062"),
        ("*72#", "pbx", "sip:*72%23@pbx"),
    ],
)
def test_a_call_is_transferred_to_a_uri_or_to_a_number_of_the_exchange(
    target: str, office: str, uri: str
) -> None:
    far_end = '"PBX" <sip:trunk@10.0.0.1:5062;transport=udp>'
    assert transfer_uri(target, office, far_end) == uri
