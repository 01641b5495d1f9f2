"""Invented reviews and ratings for a demo, and for nothing else: of no visit and no patient that ever was.

They go the way of all reviews but for the link: published, answered and refused by the services.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from feldsher.domain.directory import selectors as directory
from feldsher.domain.patients import selectors as patients
from feldsher.domain.patients.types import Purpose
from feldsher.domain.reviews import sealed
from feldsher.domain.reviews.loading import load_ratings
from feldsher.domain.reviews.models import Review
from feldsher.domain.reviews.moderating import answer, publish, refuse
from feldsher.domain.reviews.rows import REVIEWS
from feldsher.domain.reviews.types import RATING_COLUMNS, RefusalReason, ReviewState
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock, formats

_DOCTORS: Final = 8
"""How many doctors have reviews, by their order in the directory."""
_INVENTED: Final = (
    (0, 5, "Анна", "Приняли вовремя, всё объяснили простыми словами и\u00a0дали памятку с\u00a0собой.", ""),
    (
        0,
        3,
        "",
        "Врач внимательный, но\u00a0ждать пришлось сорок минут, и\u00a0никто не\u00a0предупредил.",
        "Спасибо, что написали. Если приём задерживается, теперь предупреждаем об\u00a0этом.",
    ),
    (
        1,
        5,
        "Пётр",
        "Записался с\u00a0телефона, на\u00a0месте ничего не\u00a0пришлось заполнять.",
        "",
    ),
    (2, 4, "Мария", "Всё хорошо, только парковку искали долго.", ""),
    (3, 2, "Ольга", "На\u00a0ресепшен отвечали на\u00a0звонки, а\u00a0не\u00a0тем, кто стоит рядом.", ""),
    (4, 5, "", "Спокойно, без\u00a0спешки. Вернусь на\u00a0повторный приём.", ""),
    (5, 5, "Ирина", "Спасибо за\u00a0терпение с\u00a0ребёнком.", ""),
)
"""Whose of the doctors, stars, name, text and answer: the first of them are shown, the last two wait."""
_WAIT: Final = 2
_REFUSED: Final = (6, 1, "Сергей", "Звоните мне, расскажу: +7 000 000-00-09", "")
_RATING: Final = ("Яндекс", "4,8", "212", "https://yandex.ru/maps/org/vydumannaya_klinika/0")


def rehearse(*, staff: Staff) -> int:
    """Invent the reviews once, moderated by `staff`; returns how many, 0 where some are or nobody works."""
    cards, _ = directory.practitioners(limit=_DOCTORS)
    places = [(card.id, card.location_ids[0]) for card in cards if card.location_ids]
    with REVIEWS.reach():
        is_first = not Review.objects.exists()
    if not is_first or not places:
        return 0
    with transaction.atomic():
        made = [
            _left(places[who % len(places)], stars, name, text)
            for who, stars, name, text, _ in (*_INVENTED, _REFUSED)
        ]
        for review, (*_, said) in zip(made, _INVENTED[:-_WAIT], strict=False):
            publish(review, staff=staff)
            if said:
                answer(review, text=said, staff=staff)
        refuse(made[-1], reason=RefusalReason.PERSONAL_DATA, staff=staff)
        load_ratings(_table(places[0]), staff=staff)
    return len(made)


@REVIEWS.reach()
def _left(place: tuple[UUID, UUID], stars: int, name: str, text: str) -> UUID:
    row = Review(
        practitioner=place[0],
        location=place[1],
        stars=stars,
        consent_version=patients.current_consent_text(Purpose.REVIEW).version,
        left_at=clock.now() - timedelta(days=1),
        state=ReviewState.WAITING,
    )
    row.text = sealed.seal_cell(text, "text", row=row.pk)
    row.name = sealed.seal_cell(name, "name", row=row.pk)
    row.save(force_insert=True)
    return row.pk


def _table(place: tuple[UUID, UUID]) -> bytes:
    """Return a table of one rating: of the doctor and of the branch."""
    source, stars, count, url = _RATING
    day = formats.local_day(clock.now(), formats.MOSCOW) - timedelta(days=7)
    doctor, branch = place
    lines = (
        RATING_COLUMNS,
        (source, str(doctor), "", stars, count, f"{day:%d.%m.%Y}", url),
        (source, "", str(branch), stars, count, f"{day:%d.%m.%Y}", url),
    )
    return "\n".join(";".join(line) for line in lines).encode()
