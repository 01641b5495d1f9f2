"""Where a request comes from: the one place that reads it."""

from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """Return the IP address of who asks; empty where the server knows none."""
    address: str = request.META.get("REMOTE_ADDR", "")
    return address
