"""What readers may find of editors' pages: articles and conditions that are published.

Whoever puts a page live, takes it down or deletes it fills the index in the same transaction, so that no
draft and nothing that is no more is ever found.
"""

from itertools import chain
from typing import Any, Final

from feldsher.domain.editorial.types import PageKind
from feldsher.domain.editorial.wording import words_of
from feldsher.domain.search import services as search
from feldsher.domain.search.types import Document

WEIGHTS: Final = {PageKind.CONDITION: 0.8, PageKind.ARTICLE: 0.7}
"""Kinds that are found, and what each is worth beside doctors and services."""
_ASIDE: Final = frozenset({"sources", "advertisement"})
"""Blocks that are not what a text is about."""


def document(row: Any) -> Document:
    """Return what is searched of a page that is shown; it is known by the id of its row."""
    texts = (
        # in the order of its fields: JSONB keeps another
        words_of({"type": part.block_type, "value": part.block.get_prep_value(part.value)})
        for part in row.body
        if part.block_type not in _ASIDE
    )
    return Document(
        kind=row.page_kind.value,
        object_id=str(row.pk),
        title=row.title,
        subtitle=row.lead,
        body=" ".join(chain.from_iterable(texts)).replace("|", " "),  # which parts a table's cells
        weight=WEIGHTS[row.page_kind],
    )


def follow(row: Any) -> None:
    """Bring the index to what has just been saved: a page of these kinds that is live, or is not."""
    if row.page_kind not in WEIGHTS:
        return
    if row.live:
        search.put([document(row)])
    else:
        forget(row)


def forget(row: Any) -> None:
    """Take a page out of the index."""
    search.remove(row.page_kind.value, object_ids=[str(row.pk)])
