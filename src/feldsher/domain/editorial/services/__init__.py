"""What may be done beside the editor: a doctor's word, redirects, and what the clock does."""

from feldsher.domain.editorial.services.filling import fill_search
from feldsher.domain.editorial.services.redirecting import add_redirects, follow, remove_redirect
from feldsher.domain.editorial.services.rehearsing import rehearse
from feldsher.domain.editorial.services.reviewing import approve, give_back, see_technical
from feldsher.domain.editorial.services.tending import tend

__all__ = [
    "add_redirects",
    "approve",
    "fill_search",
    "follow",
    "give_back",
    "rehearse",
    "remove_redirect",
    "see_technical",
    "tend",
]
