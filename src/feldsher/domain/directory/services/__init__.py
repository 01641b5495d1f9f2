"""Writes of the directory; each is one transaction under the directory's write lock."""

from feldsher.domain.directory.services.brand import save_brand
from feldsher.domain.directory.services.curation import bind_external_id, merge_practitioners, set_rule
from feldsher.domain.directory.services.importing import import_snapshot
from feldsher.domain.directory.services.overlay import (
    change_fields,
    clear_overlay,
    load_overlay,
    set_overlay,
)

__all__ = [
    "bind_external_id",
    "change_fields",
    "clear_overlay",
    "import_snapshot",
    "load_overlay",
    "merge_practitioners",
    "save_brand",
    "set_overlay",
    "set_rule",
]
