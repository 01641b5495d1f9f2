"""Addresses that came with a request and lead back to where somebody was: only our own, only the desk's."""

from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

_LONGEST = 500


def way_back(address: str, *, default: str = "desk:home") -> str:
    """Return the address if it is one of the desk's own, else that of the page named `default`."""
    home = reverse("desk:home")
    is_ours = url_has_allowed_host_and_scheme(address, allowed_hosts=None) and address.startswith(home)
    return address if is_ours and len(address) <= _LONGEST else reverse(default)
