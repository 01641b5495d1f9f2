"""What readers may find of the directory: specialties, doctors, services that somebody gives, branches.

The index is filled at the end of each write, in its transaction (`locking`): whatever changes a name, closes
a row or ends a place of work reaches the search with the change, and what changes none of it costs reads.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final
from uuid import UUID

from feldsher.domain.directory.models import Location, Practitioner, Specialty
from feldsher.domain.directory.published import at_work, services_of_published
from feldsher.domain.directory.types import Kind
from feldsher.domain.search import services as search
from feldsher.domain.search.types import Document, Filling
from feldsher.kernel.formats import sentence_case

_KINDS: Final = (Kind.SPECIALTY, Kind.PRACTITIONER, Kind.SERVICE, Kind.LOCATION)
_SERVICE_WEIGHT: Final = 0.9
_LOCATION_WEIGHT: Final = 0.95


def fill_search() -> Filling:
    """Bring the index to what the directory says now; the same again changes nothing.

    A specialty's document is known by its slug, each other by the id of its row.
    """
    branches = list(Location.objects.filter(closed_at=None))
    specialties = list(Specialty.objects.filter(closed_at=None))
    works = list(
        at_work(practitioner__closed_at=None).values_list("practitioner_id", "location_id", "specialty_id")
    )
    documents = [
        *_specialties(specialties, works),
        *_doctors(works, branches, specialties),
        *_services(),
        *map(_branch, branches),
    ]
    return search.replace_kinds([kind.value for kind in _KINDS], documents=documents)


_Work = tuple[UUID, UUID, UUID | None]


def _specialties(rows: list[Specialty], works: Sequence[_Work]) -> Iterator[Document]:
    practised = {specialty for _, _, specialty in works}
    for row in rows:
        if row.id in practised:
            yield Document(
                kind=Kind.SPECIALTY.value,
                object_id=row.slug,
                title=sentence_case(row.title or row.text),
                keywords=row.text,
            )


def _doctors(
    works: Sequence[_Work], branches: list[Location], specialties: list[Specialty]
) -> Iterator[Document]:
    places = {row.id: row for row in branches}
    trades = {row.id: row for row in specialties}
    where: dict[UUID, set[UUID]] = defaultdict(set)
    what: dict[UUID, set[UUID]] = defaultdict(set)
    for doctor, place, trade in works:
        where[doctor].add(place)
        if trade in trades:
            what[doctor].add(trade)
    people = Practitioner.objects.filter(closed_at=None, id__in=where)
    for doctor, family, given, middle, about in people.values_list(
        "id", "family", "given", "middle", "about"
    ):
        own = sorted((trades[trade] for trade in what[doctor]), key=lambda row: row.key)
        at = sorted((places[place] for place in where[doctor]), key=lambda row: (row.name, row.id))
        yield Document(
            kind=Kind.PRACTITIONER.value,
            object_id=str(doctor),
            title=" ".join(part for part in (family, given, middle) if part),
            subtitle=". ".join(
                part
                for part in (
                    sentence_case(", ".join(row.title or row.text for row in own)),
                    ", ".join(row.name for row in at),
                )
                if part
            ),
            keywords=" ".join([*(row.text for row in own), *(f"{row.city} {row.address}" for row in at)]),
            body=about,
        )


def _services() -> Iterator[Document]:
    for service, name, code, preparation, to_bring in services_of_published().values_list(
        "id", "name", "code", "preparation", "to_bring"
    ):
        yield Document(
            kind=Kind.SERVICE.value,
            object_id=str(service),
            title=name,
            keywords=code,
            body=" ".join(part for part in (preparation, to_bring) if part),
            weight=_SERVICE_WEIGHT,
        )


def _branch(row: Location) -> Document:
    return Document(
        kind=Kind.LOCATION.value,
        object_id=str(row.id),
        title=row.name,
        subtitle=", ".join(part for part in (row.city, row.address) if part),
        weight=_LOCATION_WEIGHT,
    )
