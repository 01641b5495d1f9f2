"""The token of a device that remembers people: good for one booking, then the next of its chain."""

from django.db.models import Q, QuerySet

from feldsher.domain.patients.models import Remembered
from feldsher.foundation.access import chains
from feldsher.foundation.access.chains import GRACE, digest, new_token
from feldsher.kernel import clock

__all__ = ["GRACE", "digest", "new_token", "next_token", "replayed", "rows_of"]
_CHAIN = "patients.remembered.next"


def next_token(token: str) -> str:
    """Return what follows a token once it was used."""
    return chains.next_token(token, chain=_CHAIN)


def rows_of(token: str) -> QuerySet[Remembered]:
    """Return the people whom the holder of this token may book now; those used last come first."""
    kept, now = digest(token), clock.now()
    if kept is None:
        return Remembered.objects.none()
    held = Q(device=kept) | Q(earlier=kept, turned_at__gt=now - GRACE)
    return Remembered.objects.filter(held, expires_at__gt=now).order_by("-used_at", "id")


def replayed(token: str) -> QuerySet[Remembered]:
    """Return the rows whose token has turned since, longer ago than an answer can be lost."""
    kept = digest(token)
    if kept is None:
        return Remembered.objects.none()
    return Remembered.objects.filter(earlier=kept, turned_at__lte=clock.now() - GRACE)
