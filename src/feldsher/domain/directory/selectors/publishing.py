"""What catalogues of other companies are told: doctors a page at a time, visits with prices, folders."""

from collections.abc import Collection, Iterator
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from feldsher.domain.directory.models import HealthcareService, Practitioner, PractitionerRole
from feldsher.domain.directory.selectors.cards import practitioners, zones
from feldsher.domain.directory.selectors.prices import prices
from feldsher.domain.directory.selectors.profile import COLUMNS, profile_of
from feldsher.domain.directory.selectors.terms import visit_terms
from feldsher.domain.directory.types import PractitionerCard, PriceQuery
from feldsher.domain.directory.types.feeds import Folder, PublishedVisit
from feldsher.domain.directory.types.profile import Profile
from feldsher.kernel import clock

_PAGE: Final = 100


def published_practitioners() -> Iterator[tuple[PractitionerCard, Profile]]:
    """Yield every doctor of the site by name, with the profile; two queries a hundred."""
    after: str | None = None
    while True:
        cards, after = practitioners(after=after, limit=_PAGE)
        rows = Practitioner.objects.filter(id__in=[card.id for card in cards]).values("id", *COLUMNS)
        profiles = {row.pop("id"): profile_of(**row) for row in rows}
        yield from ((card, profiles[card.id]) for card in cards)
        if after is None:
            return


def published_visits() -> tuple[PublishedVisit, ...]:
    """Return every visit that can be booked online with its price of today in the branch: eight queries."""
    terms = visit_terms()
    titles: dict[tuple[UUID, UUID], str] = {}
    roles = PractitionerRole.objects.filter(closed_at=None, specialty__isnull=False)
    for doctor, branch, title, text in roles.order_by("specialty__key").values_list(
        "practitioner_id", "location_id", "specialty__title", "specialty__text"
    ):
        titles.setdefault((doctor, branch), title or text)
    now = clock.now()
    days = {branch: now.astimezone(ZoneInfo(zone)).date() for branch, zone in zones().items()}
    asked = {
        each: PriceQuery(each.service_id, each.location_id, each.practitioner_id, days[each.location_id])
        for each in terms
    }
    amounts = prices(list(asked.values()))
    return tuple(
        PublishedVisit(
            each, titles.get((each.practitioner_id, each.location_id), ""), amounts.get(query) or None
        )
        for each, query in asked.items()
    )


def folders(services: Collection[UUID]) -> dict[UUID, Folder]:
    """Return the folder of each of these services that stands in one: one query."""
    rows = HealthcareService.objects.filter(id__in=services, parent__isnull=False)
    return {
        service: Folder(str(folder), name)
        for service, folder, name in rows.values_list("id", "parent_id", "parent__name")
        if name
    }
