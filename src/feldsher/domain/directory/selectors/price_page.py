"""A branch's whole price list on a day, by section: for whoever publishes it.

What a visit costs is `prices`; here each service is resolved by the same order (doctor in the branch,
branch, doctor, general) for each doctor who gives it there, in one query, and shown once: one price, or «от».
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db import connection

from feldsher.domain.directory.text import nomenclature_of, normalise
from feldsher.domain.directory.types import ServiceKind
from feldsher.domain.directory.types.price_page import PriceLine, PricePage, PriceSection

_LINES: Final = """
    WITH live AS (
        SELECT service_id, location_id, practitioner_id, amount, valid_from, valid_to
        FROM directory_price
        WHERE valid_from <= %(day)s AND (valid_to IS NULL OR valid_to > %(day)s)
          AND (location_id IS NULL OR location_id = %(location)s)
          AND (%(services)s::uuid[] IS NULL OR service_id = ANY(%(services)s))
    ), given AS (
        SELECT DISTINCT link.service_id, link.practitioner_id
        FROM directory_practitioner_service link
        JOIN directory_practitioner doctor ON doctor.id = link.practitioner_id AND doctor.closed_at IS NULL
        JOIN directory_practitioner_role work
          ON work.practitioner_id = doctor.id AND work.location_id = %(location)s AND work.closed_at IS NULL
        WHERE link.closed_at IS NULL
          AND (%(services)s::uuid[] IS NULL OR link.service_id = ANY(%(services)s))
    ), asked AS (
        SELECT service_id, practitioner_id FROM given
        UNION ALL
        SELECT DISTINCT service_id, NULL::uuid FROM live
        WHERE practitioner_id IS NULL AND service_id NOT IN (SELECT service_id FROM given)
    ), found AS (
        SELECT DISTINCT ON (asked.service_id, asked.practitioner_id)
               asked.service_id, asked.practitioner_id, live.amount, live.valid_from, live.valid_to
        FROM asked LEFT JOIN live
          ON live.service_id = asked.service_id
         AND (live.practitioner_id IS NULL OR live.practitioner_id = asked.practitioner_id)
        ORDER BY asked.service_id, asked.practitioner_id,
                 (live.location_id IS NOT NULL) DESC, (live.practitioner_id IS NOT NULL) DESC
    ), told AS (
        SELECT service_id, min(amount) FILTER (WHERE amount > 0) AS amount,
               count(DISTINCT coalesce(amount, 0)) > 1 AS is_from,
               max(valid_from) FILTER (WHERE amount > 0) AS since,
               min(valid_to) FILTER (WHERE amount > 0) AS until,
               bool_or(practitioner_id IS NOT NULL) AS is_given
        FROM found GROUP BY service_id
    )
    SELECT told.service_id, service.name, service.search_name,
           coalesce(nullif(service.nomenclature, ''), service.code), told.amount, told.is_from,
           told.since, told.until, told.is_given,
           coalesce(nullif(service.section, ''), folder.name, '')
    FROM told
    JOIN directory_service service ON service.id = told.service_id
    LEFT JOIN directory_service folder ON folder.id = service.parent_id AND folder.kind = %(folder)s
    WHERE service.kind = %(service)s AND service.closed_at IS NULL
    ORDER BY service.search_name, service.id
"""


def price_page(
    location_id: UUID, *, day: date, text: str = "", services: Collection[UUID] | None = None
) -> PricePage:
    """Return the services that are given or priced in a branch, with the prices of that day: one query.

    `text` is searched for as `fits` says; `services` narrows the list to these. A section is what an editor
    has said, else the folder of the MIS in which the service lies; folders of one name are one section.
    Services that nobody of the branch gives and that have no price there are left out, and so are materials,
    sets, and what is closed.
    """
    said: dict[str, Any] = {
        "day": day,
        "location": location_id,
        "service": ServiceKind.SERVICE.value,
        "services": None if services is None else list(services),
        "folder": ServiceKind.FOLDER.value,
    }
    with connection.cursor() as cursor:
        cursor.execute(_LINES, said)
        rows = cursor.fetchall()
    sections: dict[str, list[PriceLine]] = defaultdict(list)
    titles: dict[str, str] = {}
    for service, name, key, code, amount, is_from, since, until, is_given, section in rows:
        is_said = amount is not None
        line = PriceLine(
            service_id=service,
            name=name,
            key=key,
            code=nomenclature_of(code),
            amount=amount,
            is_from=is_from and is_said,
            since=since,
            until=until,
            is_given=is_given,
        )
        folded = normalise(section)
        sections[folded].append(line)
        titles.setdefault(folded, section)
    days = [row[6] for row in rows if row[6] is not None]
    wanted = normalise(text.replace("\0", "")).split()
    return PricePage(
        day=day,
        since=max(days, default=None),
        sections=tuple(_chosen(sections, titles=titles, words=wanted)),
        size=len(rows),
    )


def _chosen(
    sections: dict[str, list[PriceLine]], *, titles: dict[str, str], words: list[str]
) -> Iterable[PriceSection]:
    """Yield sections by name, the unnamed one last, without those in which nothing is found."""
    for folded in sorted(sections, key=lambda name: (not name, name)):
        lines = tuple(line for line in sections[folded] if fits(line, words))
        if lines:
            yield PriceSection(titles[folded], lines)


def fits(line: PriceLine, words: Iterable[str]) -> bool:
    """Tell whether each word (as `normalise` writes it) stands in the line's name or code.

    There is no stemming: `search_services` says why. The page's own filter keeps to the same rule.
    """
    where = f"{line.key} {line.code.casefold()}"
    return all(word in where for word in words)
