"""What patients said of a doctor or a branch, and ratings of other sites, as a page shows them.

None of it stands in JSON-LD or in an advertisement (docs/modules/reviews.md says why).
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from django.http import QueryDict

from feldsher.channels.frontend.queries import text_in, whole
from feldsher.channels.site.present import link
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import LocationCard, PractitionerCard
from feldsher.domain.reviews import selectors as reviews
from feldsher.domain.reviews.types import Shown
from feldsher.kernel import formats

MOST_PAGES: Final = 20
"""The most tens of reviews that one page shows."""


def pages_in(asked: QueryDict) -> int:
    """Return how many tens of reviews are shown: «Ещё отзывы» asks for one more."""
    return min(max(whole(text_in(asked, "reviews")) or 1, 1), MOST_PAGES)


def said(
    shown: Shown,
    *,
    page: str,
    of: object,
    locations: Iterable[LocationCard],
    doctors: Collection[PractitionerCard] | None = None,
    **kept: object,
) -> dict[str, object]:
    """Return what `site/_reviews.html` needs: days are those of the review's branch.

    `page` names the page's address and `of` its object, `kept` is what else stays in that address;
    `doctors` are named and led to beside the reviews of a branch, merged ones as they became.
    """
    zones: dict[UUID | None, str] = {place.id: place.zone for place in locations}
    cards = {card.id: card for card in doctors or ()}
    merged = {each.practitioner_id for each in shown.reviews} - cards.keys()
    if doctors is not None and merged:
        became = directory.practitioner_cards(merged)
        cards |= {asked: card for asked, card in became.items() if card.is_open}
    tens = -(-len(shown.reviews) // reviews.PAGE)
    return {
        "shown": shown,
        "since": _day(shown.since, zones.get(shown.since_location_id)) if shown.since else "",
        "said": [
            (each, cards.get(each.practitioner_id), _day(each.day, zones.get(each.location_id)))
            for each in shown.reviews
        ],
        "more_url": link(page, of, **kept, reviews=tens + 1) if shown.has_more and tens < MOST_PAGES else "",
    }


def _day(moment: datetime, zone: str | None) -> str:
    return f"{formats.local_day(moment, zone or formats.MOSCOW):%d.%m.%Y}"
