"""The index of the search, made anew from the pages that are published."""

from feldsher.domain.editorial.models import MODELS, indexing
from feldsher.domain.search import services as search
from feldsher.domain.search.types import Filling


def fill_search() -> Filling:
    """Bring the index to what is published now; the same again changes nothing."""
    documents = [
        indexing.document(row)
        for kind in indexing.WEIGHTS
        for row in MODELS[kind].objects.live().order_by("id")
    ]
    return search.replace_kinds([kind.value for kind in indexing.WEIGHTS], documents=documents)
