"""Redirects as their editors see them."""

from feldsher.domain.editorial.models import Redirect
from feldsher.domain.editorial.types import RedirectLine
from feldsher.foundation.access.policies import Action, require
from feldsher.foundation.access.types import Staff


def redirects(staff: Staff) -> tuple[RedirectLine, ...]:
    """Return all redirects by their old addresses; ForbiddenError for who edits no pages. One query."""
    require(staff, Action.EDIT_PAGES)
    rows = Redirect.objects.order_by("source").values_list(
        "pk", "source", "target", "author", "added_at", "used_on"
    )
    return tuple(RedirectLine(*row) for row in rows)
