"""C37: how much of an address is one caller."""

import pytest

from feldsher.kernel.addresses import home_of, is_public, neighbourhood_of


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
