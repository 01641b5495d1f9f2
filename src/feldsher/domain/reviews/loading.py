"""Ratings of other sites, from a table that staff load: all of it, or nothing where a row is wrong."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from urllib.parse import urlsplit
from uuid import UUID

from django.db import transaction

from feldsher.domain.directory import selectors as directory
from feldsher.domain.reviews.errors import RatingsRefusedError
from feldsher.domain.reviews.models import Rating
from feldsher.domain.reviews.types import RATING_COLUMNS, OutsideRating, Source
from feldsher.foundation.access.policies import Action, require
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock, formats

LARGEST = 65_536
"""Bytes of a file: as much as a form of ours may send."""
_LINES, _FAULTS = 1000, 50
_PAGE = 500
_LONGEST_URL = 500
_MOST = 1_000_000
_DIGITS = len(str(_MOST))
_FIVE = Decimal(5)


@dataclass(frozen=True, slots=True)
class _Line:
    source: Source
    practitioner: UUID | None
    location: UUID | None
    rating: Decimal
    count: int
    as_of: date
    url: str

    @property
    def key(self) -> tuple[Source, UUID | None]:
        return self.source, self.practitioner or self.location


class _BadError(Exception):
    """What is wrong with a line, in Russian."""


def load_ratings(data: bytes, *, staff: Staff) -> int:
    """Take a CSV file of ratings, of columns RATING_COLUMNS; returns how many there are in it.

    UTF-8 or Windows-1251, `;` or `,`. A row gives a doctor (name or id) or a branch, not both, and takes the
    place of the earlier one of its source. Raises ForbiddenError, RatingsRefusedError with a sentence for
    each fault.
    """
    require(staff, Action.MODERATE_REVIEWS)
    lines = _read(data)
    now = clock.now()
    with transaction.atomic():
        for line in lines:
            Rating.objects.update_or_create(
                source=line.source,
                practitioner=line.practitioner,
                location=line.location,
                defaults={
                    "rating": line.rating,
                    "count": line.count,
                    "as_of": line.as_of,
                    "url": line.url,
                    "author": staff.login,
                    "loaded_at": now,
                },
            )
    return len(lines)


def remove_rating(rating_id: UUID, *, staff: Staff) -> None:
    """Take a rating off the site; twice is fine. Raises ForbiddenError."""
    require(staff, Action.MODERATE_REVIEWS)
    Rating.objects.filter(pk=rating_id).delete()


def ratings_of_desk(staff: Staff) -> tuple[OutsideRating, ...]:
    """Return every rating, the oldest first: they are what has to be loaded anew. Raises ForbiddenError."""
    require(staff, Action.MODERATE_REVIEWS)
    return tuple(
        OutsideRating(
            id=row.pk,
            source=Source(row.source),
            rating=row.rating,
            count=row.count,
            as_of=row.as_of,
            url=row.url,
            practitioner_id=row.practitioner,
            location_id=row.location,
        )
        for row in Rating.objects.order_by("as_of", "source", "id")
    )


def _read(data: bytes) -> list[_Line]:
    if len(data) > LARGEST:
        raise RatingsRefusedError((f"Файл больше {LARGEST // 1024} КБ. Разделите его.",))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1251", "replace")
    head = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in head else ",")
    try:
        rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except csv.Error as error:
        raise RatingsRefusedError(("Это не\u00a0таблица CSV. Сохраните её в\u00a0этом виде.",)) from error
    if not rows or tuple(cell.casefold() for cell in rows[0][1]) != RATING_COLUMNS:
        raise RatingsRefusedError((f"Первая строка называет столбцы: {'; '.join(RATING_COLUMNS)}.",))
    body = [(number, cells) for number, cells in rows[1:] if any(cells)]
    if not body or len(body) > _LINES:
        raise RatingsRefusedError(
            (f"Строк с\u00a0оценками {len(body)}, а\u00a0нужно от\u00a01 до\u00a0{_LINES}.",)
        )
    return _checked(body)


def _checked(body: Sequence[tuple[int, list[str]]]) -> list[_Line]:
    doctors, branches = _names()
    found: list[_Line] = []
    seen: dict[tuple[Source, UUID | None], int] = {}
    faults: list[str] = []
    for number, cells in body:
        try:
            line = _line(cells, doctors=doctors, branches=branches)
        except _BadError as error:
            faults.append(f"Строка {number}: {error}.")
            continue
        if (earlier := seen.setdefault(line.key, number)) != number:
            faults.append(f"Строка {number}: повторяет строку {earlier}.")
        found.append(line)
    if faults:
        more = len(faults) - _FAULTS
        rest = (f"И\u00a0ещё {formats.plural(more, 'строка', 'строки', 'строк')}.",) if more > 0 else ()
        raise RatingsRefusedError((*faults[:_FAULTS], *rest))
    return found


def _line(
    cells: Sequence[str], *, doctors: Mapping[str, set[UUID]], branches: Mapping[str, set[UUID]]
) -> _Line:
    if len(cells) != len(RATING_COLUMNS):
        raise _BadError(f"столбцов {len(cells)}, а\u00a0нужно {len(RATING_COLUMNS)}")
    source, doctor, branch, rating, count, day, url = cells
    if bool(doctor) == bool(branch):
        raise _BadError("назовите врача или\u00a0филиал, что-то одно")
    site = _source(source)
    return _Line(
        source=site,
        practitioner=_named(doctor, doctors, what="врача") if doctor else None,
        location=_named(branch, branches, what="филиала") if branch else None,
        rating=_rating(rating),
        count=_count(count),
        as_of=_day(day),
        url=_url(url, site),
    )


def _names() -> tuple[dict[str, set[UUID]], dict[str, set[UUID]]]:
    """Return doctors and branches by their names and ids."""
    cards, after = directory.practitioners(limit=_PAGE)
    doctors = [(card.id, card.name) for card in cards]
    while after is not None:
        cards, after = directory.practitioners(after=after, limit=_PAGE)
        doctors += [(card.id, card.name) for card in cards]
    branches = [(place.id, place.name) for place in directory.locations()]
    return _by_name(doctors), _by_name(branches)


def _by_name(pairs: Sequence[tuple[UUID, str]]) -> dict[str, set[UUID]]:
    found: dict[str, set[UUID]] = {}
    for pk, name in pairs:
        for key in (_plain(name), str(pk)):
            found.setdefault(key, set()).add(pk)
    return found


def _plain(text: str) -> str:
    return " ".join(text.casefold().replace("ё", "е").split())


def _named(text: str, known: Mapping[str, set[UUID]], *, what: str) -> UUID:
    ids = known.get(_plain(text), set())
    if not ids:
        raise _BadError(f"нет такого {what}: «{text}»")
    if len(ids) > 1:
        raise _BadError(
            f"таких имён несколько: «{text}». Напишите вместо имени номер из\u00a0адреса страницы"
        )
    return next(iter(ids))


def _source(text: str) -> Source:
    for source in Source:
        if _plain(text) in {_plain(source.russian), source.value}:
            return source
    raise _BadError(f"источник «{text}», а\u00a0бывают {', '.join(each.russian for each in Source)}")


def _rating(text: str) -> Decimal:
    try:
        found = Decimal(text.replace(",", "."))
    except InvalidOperation:
        found = Decimal(0)
    if not found.is_finite() or not 1 <= found <= _FIVE or found != found.quantize(Decimal("0.1")):
        raise _BadError(f"оценка «{text}», а\u00a0нужна от\u00a01 до\u00a05 с\u00a0одним знаком: 4,8")
    return found


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS) or not 1 <= int(text) <= _MOST:
        raise _BadError(f"число отзывов «{text}», а\u00a0нужно целое больше нуля")
    return int(text)


def _day(text: str) -> date:
    for form in ("%d.%m.%Y", "%Y-%m-%d"):
        try:
            day = datetime.strptime(text, form).date()  # noqa: DTZ007 - a day of a calendar, no instant
        except ValueError:
            continue
        if day > formats.local_day(clock.now(), formats.MOSCOW):
            raise _BadError(f"дата «{text}» ещё не\u00a0наступила")
        return day
    raise _BadError(f"дата «{text}», а\u00a0нужна в\u00a0виде 31.12.2026")


def _url(text: str, source: Source) -> str:
    try:
        found = urlsplit(text)
        host = (found.hostname or "").lower()
    except ValueError:
        raise _BadError(f"ссылка «{text}» составлена неверно") from None
    is_theirs = any(host == each or host.endswith(f".{each}") for each in source.hosts)
    if found.scheme != "https" or not is_theirs or len(text) > _LONGEST_URL or not text.isprintable():
        raise _BadError(f"ссылка «{text}», а\u00a0нужна https:// на\u00a0{source.hosts[0]}")
    return text
