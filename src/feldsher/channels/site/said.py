"""What patients said of a doctor or a branch, and ratings of other sites, as a page shows them.

None of it stands in JSON-LD or in an advertisement (docs/modules/reviews.md says why).
"""

from collections.abc import Iterable
from typing import Final

from django.http import QueryDict

from feldsher.channels.frontend.queries import text_in, whole
from feldsher.channels.site.present import link
from feldsher.domain.directory.types import PractitionerCard
from feldsher.domain.reviews import selectors as reviews
from feldsher.domain.reviews.types import Shown

MOST_PAGES: Final = 20
"""The most tens of reviews that one page shows."""


def pages_in(asked: QueryDict) -> int:
    """Return how many tens of reviews are shown: «Ещё отзывы» asks for one more."""
    return min(max(whole(text_in(asked, "reviews")) or 1, 1), MOST_PAGES)


def said(
    shown: Shown, *, page: str, of: object, doctors: Iterable[PractitionerCard] = (), **kept: object
) -> dict[str, object]:
    """Return what `site/_reviews.html` needs.

    `page` names the page's address and `of` its object, `kept` is what else stays in that address;
    `doctors` are named and led to beside the reviews of a branch.
    """
    cards = {card.id: card for card in doctors}
    tens = -(-len(shown.reviews) // reviews.PAGE)
    return {
        "shown": shown,
        "said": [(each, cards.get(each.practitioner_id)) for each in shown.reviews],
        "more_url": link(page, of, **kept, reviews=tens + 1) if shown.has_more and tens < MOST_PAGES else "",
    }
