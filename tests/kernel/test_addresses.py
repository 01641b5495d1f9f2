"""C37: how much of an address is one caller, and that nobody can say of themselves where they come from."""

from ipaddress import ip_network

import pytest

from feldsher.kernel.addresses import caller_of, home_of, is_public, neighbourhood_of

NEAR, UNNAMED, PATIENT, LIE = "10.0.0.7", "10.9.9.9", "93.184.216.34", "8.8.8.8"
TRUSTED = (ip_network("10.0.0.0/16"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("text", "home"),
    [
        ("93.184.216.34", "93.184.216.34"),
        ("2a02:6b8:0:1:2:3:4:5", "2a02:6b8:0:1::/64"),
        ("2a02:6b8:0:1::", "2a02:6b8:0:1::/64"),
        ("::ffff:93.184.216.34", "93.184.216.34"),
        ("::FFFF:5db8:d822", "93.184.216.34"),
    ],
)
def test_a_home_is_an_ipv4_address_or_a_64_of_ipv6(text: str, home: str) -> None:
    assert home_of(text) == home
    assert is_public(text)


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1", "10.0.0.1", "100.64.0.1", "::1", "fd00::1", "fe80::1%eth0", "::ffff:10.0.0.1", "",
        "unix:", "1.2.3", "01.2.3.4", "93.184.216.34:80", "[2a02:6b8::1]", "93.184.216.34 ", "x" * 100_000,
    ],
)  # fmt: skip
def test_what_is_no_public_address_is_no_home(text: str) -> None:
    assert home_of(text) == ""
    assert not is_public(text)


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("93.184.216.34", "93.184.216.0/24"),
        ("10.0.0.7", "10.0.0.0/24"),
        ("2a02:6b8:0:1ff:2:3:4:5", "2a02:6b8:0:100::/56"),
        ("::ffff:93.184.216.34", "93.184.216.0/24"),
        ("nonsense", "nonsense"),
        ("x" * 100, "x" * 45),
    ],
)
def test_a_neighbourhood_is_a_24_of_ipv4_or_a_56_of_ipv6(text: str, network: str) -> None:
    assert neighbourhood_of(text) == network


def test_without_trusted_proxies_the_peer_is_the_caller() -> None:
    assert caller_of(PATIENT, LIE, trusted=()) == PATIENT
    assert caller_of(NEAR, LIE, trusted=()) == NEAR


def test_a_stranger_who_names_another_address_is_not_believed() -> None:
    assert caller_of(PATIENT, LIE, trusted=TRUSTED) == PATIENT
    assert caller_of("2a02:6b8::1", LIE, trusted=TRUSTED) == "2a02:6b8::1"


@pytest.mark.parametrize(
    ("peer", "forwarded", "caller"),
    [
        (NEAR, PATIENT, PATIENT),
        (NEAR, f"{LIE}, {PATIENT}", PATIENT),
        (NEAR, f"{LIE},{PATIENT}", PATIENT),
        (NEAR, f"{LIE}, {PATIENT}, {UNNAMED}", UNNAMED),
        (NEAR, f"{LIE}, {PATIENT}, 10.0.3.3, 10.0.4.4", PATIENT),
        (NEAR, f"{NEAR}, {PATIENT}", PATIENT),
        (f"::ffff:{NEAR}", PATIENT, PATIENT),
        (NEAR, f"::ffff:{PATIENT}", PATIENT),
        ("fd00::1", f"{LIE}, 2A02:6B8::1", "2a02:6b8::1"),
        ("fd00::1", f"{PATIENT}, fd00::2, {NEAR}", PATIENT),
    ],
)
def test_c37_the_caller_is_the_rightmost_that_no_trusted_proxy_is(
    peer: str, forwarded: str, caller: str
) -> None:
    assert caller_of(peer, forwarded, trusted=TRUSTED) == caller


@pytest.mark.parametrize(
    "garbage",
    [
        "unknown",
        "-",
        "",
        " ",
        "93.184.216.34:4711",
        "[2a02:6b8::1]:80",
        "<script>",
        "0x5db8d822",
        "9" * 60,
        "é",
    ],
)
def test_c37_behind_an_entry_that_is_no_address_nothing_is_believed(garbage: str) -> None:
    assert caller_of(NEAR, garbage, trusted=TRUSTED) == NEAR
    assert caller_of(NEAR, f"{LIE}, {garbage}", trusted=TRUSTED) == NEAR
    assert caller_of(NEAR, f"{LIE}, {garbage}, 10.0.3.3", trusted=TRUSTED) == "10.0.3.3"
    assert caller_of(NEAR, f"{garbage}, {PATIENT}", trusted=TRUSTED) == PATIENT


def test_c37_a_long_header_is_read_no_further_than_to_the_caller() -> None:
    assert caller_of(NEAR, ", ".join([LIE] * 100_000 + [PATIENT]), trusted=TRUSTED) == PATIENT
    assert caller_of(NEAR, "x" * 1_000_000, trusted=TRUSTED) == NEAR
    assert caller_of(NEAR, "," * 1_000_000, trusted=TRUSTED) == NEAR
    assert caller_of(NEAR, ", ".join([LIE] + [NEAR] * 100_000), trusted=TRUSTED) == NEAR


def test_who_is_a_trusted_proxy_and_says_nothing_is_the_caller() -> None:
    assert caller_of(NEAR, "", trusted=TRUSTED) == NEAR
    assert caller_of(NEAR, "10.0.3.3, 10.0.4.4", trusted=TRUSTED) == "10.0.3.3"
