"""Tables of editorial: pages in Wagtail's tree, and what stands beside them."""

from feldsher.domain.editorial.models import images
from feldsher.domain.editorial.models.menus import Menu
from feldsher.domain.editorial.models.pages import (
    MODELS,
    Article,
    Condition,
    Content,
    Home,
    Landing,
    Legal,
    Medical,
    News,
    Promotion,
    Section,
)
from feldsher.domain.editorial.models.redirects import Redirect
from feldsher.domain.editorial.models.trust import Draft, OldAddress, Reminder, StoredFile, Verdict

__all__ = [
    "MODELS",
    "Article",
    "Condition",
    "Content",
    "Draft",
    "Home",
    "Landing",
    "Legal",
    "Medical",
    "Menu",
    "News",
    "OldAddress",
    "Promotion",
    "Redirect",
    "Reminder",
    "Section",
    "StoredFile",
    "Verdict",
    "images",
]
