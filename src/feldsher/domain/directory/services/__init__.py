"""Writes of the directory; each is one transaction under the directory's write lock."""

from feldsher.domain.directory.services.branch_map import remove_branch_map, save_branch_map
from feldsher.domain.directory.services.brand import save_brand, save_listing_texts
from feldsher.domain.directory.services.counters import save_counters
from feldsher.domain.directory.services.curation import bind_external_id, merge_practitioners, set_rule
from feldsher.domain.directory.services.exports import mark_exported
from feldsher.domain.directory.services.importing import import_snapshot
from feldsher.domain.directory.services.menus import show_menus
from feldsher.domain.directory.services.overlay import (
    change_fields,
    clear_overlay,
    load_overlay,
    set_overlay,
)
from feldsher.domain.directory.services.own import (
    REQUIRED,
    add_record,
    add_workplace,
    close_record,
    close_workplace,
    end_price,
    end_service,
    give_service,
    reopen_record,
    set_price,
)
from feldsher.domain.directory.services.photo import remove_photo, save_photo
from feldsher.domain.directory.services.price_list import (
    bind_line,
    close_absent,
    ignore_line,
    import_price_list,
    release_line,
)
from feldsher.domain.directory.services.search_index import fill_search

__all__ = [
    "REQUIRED",
    "add_record",
    "add_workplace",
    "bind_external_id",
    "bind_line",
    "change_fields",
    "clear_overlay",
    "close_absent",
    "close_record",
    "close_workplace",
    "end_price",
    "end_service",
    "fill_search",
    "give_service",
    "ignore_line",
    "import_price_list",
    "import_snapshot",
    "load_overlay",
    "mark_exported",
    "merge_practitioners",
    "release_line",
    "remove_branch_map",
    "remove_photo",
    "reopen_record",
    "save_branch_map",
    "save_brand",
    "save_counters",
    "save_listing_texts",
    "save_photo",
    "set_overlay",
    "set_price",
    "set_rule",
    "show_menus",
]
