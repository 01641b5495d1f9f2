"""The published example of RFC 8291 (appendix A), and what is no key."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from feldsher.integrations.push.encryption import CURVE, LONGEST, encrypted, encrypted_with, opened, written
from testbench.web_push.browser import UnreadableError, subscribe

P256DH = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
OWN = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3"
    "jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def test_the_example_of_the_rfc_comes_out_byte_for_byte() -> None:
    own = ec.derive_private_key(int.from_bytes(opened(OWN), "big"), CURVE)
    body = encrypted_with(
        b"When I grow up, I want to be a watermelon",
        p256dh=opened(P256DH),
        auth=opened(AUTH),
        own=own,
        salt=opened(SALT),
    )
    assert written(body) == BODY


def test_the_browser_reads_it_and_nobody_else() -> None:
    mine, other = subscribe(bound_to=""), subscribe(bound_to="")
    body = encrypted("Ждём вас".encode(), p256dh=mine.point, auth=mine.auth)
    assert mine.read(body) == "Ждём вас"
    with pytest.raises(UnreadableError):
        other.read(body)
    with pytest.raises(UnreadableError):
        mine.read(body[:-1] + bytes([body[-1] ^ 1]))


def test_two_messages_share_no_key_and_no_salt() -> None:
    mine = subscribe(bound_to="")
    one, two = (encrypted(b"same", p256dh=mine.point, auth=mine.auth) for _ in range(2))
    assert one[:16] != two[:16]
    assert one[21:86] != two[21:86]


def test_the_longest_message_fills_the_record_and_one_byte_more_is_refused() -> None:
    mine = subscribe(bound_to="")
    assert len(encrypted(b"x" * LONGEST, p256dh=mine.point, auth=mine.auth)) == 4096
    with pytest.raises(ValueError, match="too long"):
        encrypted(b"x" * (LONGEST + 1), p256dh=mine.point, auth=mine.auth)


@pytest.mark.parametrize("point", [b"", b"\x04" + bytes(64), b"\x02" + bytes(32), bytes(65)])
def test_what_is_no_point_of_the_curve_is_refused(point: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        encrypted(b"x", p256dh=point, auth=bytes(16))
