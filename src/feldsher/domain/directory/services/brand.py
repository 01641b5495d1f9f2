"""The network's name, colour and logo: one row, saved together with the names and phones of its branches."""

import hashlib
from collections.abc import Sequence
from typing import Any

from feldsher.domain.directory.logo import accepted_type
from feldsher.domain.directory.models import Brand
from feldsher.domain.directory.services.locking import directory_write
from feldsher.domain.directory.services.overlay import apply_changes
from feldsher.domain.directory.text import tidy
from feldsher.domain.directory.types import HUES, FieldChange
from feldsher.domain.directory.types.brand import BrandChange
from feldsher.domain.directory.types.listings import LIMIT, ListingText, default_texts, template_fault
from feldsher.foundation.modules import has_booking
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError

_NAME = 100


def save_brand(change: BrandChange, *, fields: Sequence[FieldChange] = (), author: str) -> None:
    """Save the brand and the fields of the directory that its form shows, or none; `author` is a login.

    InvalidInputError names every fault: `name`, `hue`, `logo`, and the `key` of a field's change.
    """
    faults: dict[str, str] = {}
    values: dict[str, Any] = {
        "name": tidy(change.name, limit=_NAME + 1),
        "hue": change.hue,
        "author": author,
        "updated_at": clock.now(),
    }
    if len(values["name"]) > _NAME:
        faults["name"] = f"Не длиннее {_NAME} знаков."
    if change.hue is not None and not 0 <= change.hue < HUES:
        faults["hue"] = "Целое число от 0 до 359."
    try:
        values |= _logo_values(change)
    except ValueError as error:
        faults["logo"] = str(error)
    with directory_write():
        faults |= apply_changes(fields, author=author)
        if faults:
            raise InvalidInputError(f"brand: {len(faults)} faults", fields=faults)
        Brand.objects.update_or_create(id=1, defaults=values)


def save_listing_texts(texts: Sequence[ListingText], *, author: str) -> None:
    """Save the templates of listing pages; an empty one, or one like ours, is ours again.

    InvalidInputError names every fault by `<kind>-title` and `<kind>-heading`.
    """
    ours = {text.kind: text for text in default_texts(is_booked=has_booking())}
    faults: dict[str, str] = {}
    kept: dict[str, dict[str, str]] = {}
    for text in texts:
        for part, said in (("title", text.title), ("heading", text.heading)):
            template = tidy(said, limit=LIMIT + 1)
            if fault := template_fault(text.kind, template):
                faults[f"{text.kind.value}-{part}"] = fault
            elif template not in {"", getattr(ours[text.kind], part)}:
                kept.setdefault(text.kind.value, {})[part] = template
    if faults:
        raise InvalidInputError(f"listing texts: {len(faults)} faults", fields=faults)
    values = {"listing_texts": kept, "author": author, "updated_at": clock.now()}
    with directory_write():
        Brand.objects.update_or_create(id=1, defaults=values)


def _logo_values(change: BrandChange) -> dict[str, Any]:
    """Return the columns of a new logo or of none; nothing where it stays as it is. ValueError: refused."""
    if change.logo is not None:
        kind = accepted_type(change.logo)
        digest = hashlib.sha256(change.logo).hexdigest()
        return {"logo": change.logo, "logo_type": kind.value, "logo_digest": digest}
    if change.is_logo_removed:
        return {"logo": None, "logo_type": "", "logo_digest": ""}
    return {}
