"""What may be done beside the editor: a doctor's word, redirects, menus, letters, what the clock does."""

from feldsher.domain.editorial.services.filling import fill_search
from feldsher.domain.editorial.services.menus import check_menus, save_menu
from feldsher.domain.editorial.services.redirecting import add_redirects, follow, remove_redirect
from feldsher.domain.editorial.services.rehearsing import rehearse
from feldsher.domain.editorial.services.reminding import remind
from feldsher.domain.editorial.services.reviewing import approve, give_back, see_technical
from feldsher.domain.editorial.services.tending import tend

__all__ = [
    "add_redirects",
    "approve",
    "check_menus",
    "fill_search",
    "follow",
    "give_back",
    "rehearse",
    "remind",
    "remove_redirect",
    "save_menu",
    "see_technical",
    "tend",
]
