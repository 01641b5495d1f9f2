"""Where a request comes from: the one place that reads it."""

from django.http import HttpRequest

from feldsher.kernel.addresses import Network, caller_of


def address_of(request: HttpRequest) -> str:
    """Return the IP address of who asks; empty where the server knows none."""
    address: str = request.META.get("REMOTE_ADDR", "")
    return address


def settle_address(request: HttpRequest, *, trusted: tuple[Network, ...]) -> None:
    """Let `address_of` name who has asked the outermost of the trusted proxies, where one has been asked."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    request.META["REMOTE_ADDR"] = caller_of(address_of(request), forwarded, trusted=trusted)
