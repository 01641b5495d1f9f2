"""The links of header and footer as pages show them: written by editorial, where editors arrange them."""

from dataclasses import astuple

from feldsher.domain.directory.models import Brand
from feldsher.domain.directory.types.brand import Menus
from feldsher.kernel import clock


def show_menus(menus: Menus, *, author: str) -> None:
    """Write what the frame of each page shows from now on; nothing where it is so already.

    For the caller's transaction. `author` is a login, of whoever made the brand where nobody has saved one.
    """
    said = {place: links for place in ("header", "footer") if (links := getattr(menus, place)) is not None}
    values = {place: [list(astuple(link)) for link in links] for place, links in said.items()}
    if Brand.objects.filter(id=1, menus=values).exists():
        return
    first = {"menus": values, "author": author, "updated_at": clock.now()}
    Brand.objects.update_or_create(id=1, defaults={"menus": values}, create_defaults=first)
