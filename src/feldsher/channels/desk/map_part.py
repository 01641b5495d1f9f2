"""What stands on a branch's record beside its fields: the picture of its map."""

from datetime import datetime

from django.urls import reverse

from feldsher.channels.desk.profile_part import said_by
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import Kind, RecordCard
from feldsher.domain.directory.types.branch_map import MAP_WIDTHS


def map_part(card: RecordCard, *, now: datetime, fault: str) -> dict[str, object]:
    """Return what the page of a branch shows besides; nothing for records of other kinds."""
    if card.kind is not Kind.LOCATION:
        return {}
    made = directory.branch_map(card.id)
    return {
        "map_url": reverse("desk:branch-map", args=[card.id]),
        "map_removal_url": reverse("desk:branch-map-remove", args=[card.id]),
        "map": reverse("site:map", args=[f"{made.stem}-{MAP_WIDTHS[0]}.webp"]) if made else "",
        "map_height": made.height * MAP_WIDTHS[0] // MAP_WIDTHS[1] if made else 0,
        "map_source": said_by((made.author, made.updated_at), now=now) if made else "",
        "map_fault": fault,
        "map_least": MAP_WIDTHS[1],
    }
