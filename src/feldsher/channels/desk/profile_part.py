"""What stands on a doctor's record beside its fields: the photograph, and certificates whose term is over."""

from datetime import datetime
from typing import Final

from django.urls import reverse

from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import Kind, RecordCard
from feldsher.domain.directory.types.profile import PHOTO_WIDTHS, PhotoFrame
from feldsher.kernel import formats

_FRAMES: Final = (
    (PhotoFrame.WHOLE.value, "Снимок во\u00a0всю ширину"),
    (PhotoFrame.CLOSER.value, "Ближе: три четверти ширины"),
    (PhotoFrame.CLOSEST.value, "Ещё ближе: половина ширины"),
)


def profile_part(card: RecordCard, *, now: datetime, fault: str) -> dict[str, object]:
    """Return what the page of a doctor shows besides; nothing for records of other kinds."""
    if card.kind is not Kind.PRACTITIONER:
        return {}
    source = directory.photo_source(card.id)
    today = formats.local_day(now, formats.MOSCOW)
    stem = directory.practitioner(card.id).photo if source else ""
    return {
        "photo_url": reverse("desk:doctor-photo", args=[card.id]),
        "photo_removal_url": reverse("desk:doctor-photo-remove", args=[card.id]),
        "photo": reverse("site:photo", args=[f"{stem}-{PHOTO_WIDTHS[1]}.webp"]) if stem else "",
        "photo_source": said_by(source, now=now) if source else "Не\u00a0указано",
        "photo_fault": fault,
        "frames": _FRAMES,
        "expired": [
            f"{each.title}, {each.speciality}, до\u00a0{each.until:%d.%m.%Y}"
            for each in directory.profile(card.id).expired_certificates(today)
        ],
    }


def said_by(source: tuple[str, datetime], *, now: datetime) -> str:
    """Say who put a file there and on which day."""
    author, at = source
    day = formats.local_day(at, formats.MOSCOW)
    return f"Сотрудник {author}, {formats.day_month(day, today=formats.local_day(now, formats.MOSCOW))}"
