"""Whom and what the site shows: doctors at work and services that they give. Every list is made of these."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from feldsher.domain.directory.models import (
    HealthcareService,
    Practitioner,
    PractitionerRole,
    PractitionerService,
)
from feldsher.domain.directory.types import ServiceKind


def at_work(**where: Any) -> QuerySet[PractitionerRole]:
    """Return places of work in open branches; `where` are conditions that must all hold of one of them."""
    return PractitionerRole.objects.filter(closed_at=None, location__closed_at=None, **where)


def published(**where: Any) -> QuerySet[Practitioner]:
    """Return the doctors of whom the site has a page: open, at work in an open branch (`where` as above)."""
    return Practitioner.objects.filter(Exists(at_work(practitioner=OuterRef("id"), **where)), closed_at=None)


def services_of_published(**where: Any) -> QuerySet[HealthcareService]:
    """Return the open services that such doctors give, and no materials, sets or folders."""
    gives = PractitionerService.objects.filter(
        Exists(at_work(practitioner=OuterRef("practitioner"), **where)),
        service=OuterRef("id"),
        closed_at=None,
        practitioner__closed_at=None,
    )
    return HealthcareService.objects.filter(Exists(gives), kind=ServiceKind.SERVICE.value, closed_at=None)
