"""What may be done to pages beside the editor: a doctor's word, and what the clock does."""

from feldsher.domain.editorial.services.filling import fill_search
from feldsher.domain.editorial.services.rehearsing import rehearse
from feldsher.domain.editorial.services.reviewing import approve, give_back, see_technical
from feldsher.domain.editorial.services.tending import tend

__all__ = ["approve", "fill_search", "give_back", "rehearse", "see_technical", "tend"]
