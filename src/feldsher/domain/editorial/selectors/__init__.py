"""What may be read of editorial."""

from feldsher.domain.editorial.selectors.menus import menu, menu_choices, usual_menu
from feldsher.domain.editorial.selectors.pages import (
    late_pages,
    moved,
    page,
    page_changes,
    section,
    sections,
    slugs,
    stored_file,
)
from feldsher.domain.editorial.selectors.redirects import redirects
from feldsher.domain.editorial.selectors.reviews import review, review_count, review_list

__all__ = [
    "late_pages",
    "menu",
    "menu_choices",
    "moved",
    "page",
    "page_changes",
    "redirects",
    "review",
    "review_count",
    "review_list",
    "section",
    "sections",
    "slugs",
    "stored_file",
    "usual_menu",
]
