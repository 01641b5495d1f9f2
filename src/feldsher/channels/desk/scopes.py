"""Whom a rule or a stop is about: doctor, service, branch, each of them or any; and how that is said."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.http import QueryDict
from django.urls import reverse

from feldsher.channels.frontend.queries import uuid_in
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import LocationCard, PractitionerCard, RuleCard, ServiceCard
from feldsher.foundation.access.selectors import all_staff
from feldsher.kernel.errors import NotFoundError
from feldsher.kernel.formats import plural

Options = list[tuple[str, str]]
"""Values and words of a select."""
_PAGE = 500
_UNKNOWN = "запись удалена"


@dataclass(frozen=True, slots=True)
class Scope:
    """Parties by id; None is any."""

    practitioner_id: UUID | None = None
    service_id: UUID | None = None
    location_id: UUID | None = None

    @property
    def carried(self) -> list[tuple[str, str]]:
        """Return the parties as fields of a form."""
        named = (
            ("practitioner", self.practitioner_id),
            ("service", self.service_id),
            ("location", self.location_id),
        )
        return [(name, str(value)) for name, value in named if value is not None]

    def link(self, name: str) -> str:
        """Return the address of a page of the desk about these parties."""
        return address(name, self.carried)


@dataclass(frozen=True, slots=True)
class Names:
    """What the parties of some scopes are called, closed ones too."""

    doctors: Mapping[UUID, PractitionerCard]
    services: Mapping[UUID, ServiceCard]
    places: Mapping[UUID, LocationCard]

    def doctor(self, practitioner_id: UUID) -> str:
        card = self.doctors.get(practitioner_id)
        if card is None:
            return _UNKNOWN
        return card.name if card.is_open else f"{card.name} (закрыт)"

    def service(self, service_id: UUID) -> str:
        card = self.services.get(service_id)
        return card.name if card else _UNKNOWN

    def place(self, location_id: UUID) -> str:
        card = self.places.get(location_id)
        return branch_words(card.name) if card else _UNKNOWN

    def scope(self, scope: Scope) -> str:
        """Return `Все врачи, УЗИ брюшной полости, филиал «Северный»`."""
        if scope == Scope():
            return "Вся клиника: все врачи, услуги и\u00a0филиалы"
        parts = [self.doctor(scope.practitioner_id) if scope.practitioner_id else "Все врачи"]
        if scope.service_id:
            parts.append(self.service(scope.service_id))
        if scope.location_id:
            parts.append(self.place(scope.location_id))
        return ", ".join(parts)

    def quoted(self, scope: Scope) -> str:
        """Return the parties inside a sentence: `«Все врачи, филиал „Северный“»`."""
        return f"«{self.scope(scope).replace('«', '„').replace('»', '“')}»"


def address(name: str, params: Iterable[tuple[str, str]] = ()) -> str:
    """Return the address of a page of the desk with those parameters that have a value."""
    query = urlencode([(key, value) for key, value in params if value])
    return f"{reverse(f'desk:{name}')}?{query}" if query else reverse(f"desk:{name}")


def branch_words(name: str) -> str:
    """Return `филиал «Северный»`; a name that says «филиал» itself stays as it is."""
    return name if "филиал" in name.lower() else f"филиал «{name}»"


def scope_in(data: QueryDict) -> Scope:
    """Return the parties of an address or a form; raises NotFoundError for what is no id."""
    return Scope(uuid_in(data, "practitioner"), uuid_in(data, "service"), uuid_in(data, "location"))


def scope_of(card: RuleCard) -> Scope:
    return Scope(card.practitioner_id, card.service_id, card.location_id)


def names_of(scopes: Iterable[Scope], *, places: Sequence[LocationCard] | None = None) -> Names:
    """Return the names of all parties: three queries, and one for each branch that is closed."""
    scopes = list(scopes)
    known = {place.id: place for place in (directory.locations() if places is None else places)}
    for place_id in {scope.location_id for scope in scopes if scope.location_id} - set(known):
        known[place_id] = directory.location(place_id)
    return Names(
        directory.practitioner_cards({scope.practitioner_id for scope in scopes if scope.practitioner_id}),
        directory.service_cards({scope.service_id for scope in scopes if scope.service_id}),
        known,
    )


def known_names(scope: Scope) -> Names:
    """Return the names of one scope; raises NotFoundError where a party is unknown."""
    names = names_of([scope])
    asked = ((scope.practitioner_id, names.doctors), (scope.service_id, names.services))
    if any(party is not None and party not in found for party, found in asked):
        raise NotFoundError("no such doctor or service")
    return names


def doctor_options(any_words: str, *, location: UUID | None = None) -> Options:
    """Return every open doctor (of a branch) for a select, after the words for any."""
    found: Options = [("", any_words)]
    after: str | None = None
    while True:
        cards, after = directory.practitioners(location=location, after=after, limit=_PAGE)
        found += [(str(card.id), card.name) for card in cards]
        if after is None:
            return found


def place_options(any_words: str, places: Iterable[LocationCard]) -> Options:
    return [("", any_words), *((str(place.id), place.name) for place in places)]


def service_options(
    any_words: str, *, query: str, chosen: UUID | None, own: Iterable[ServiceCard] = ()
) -> tuple[Options, str]:
    """Return the services that a query finds (without one: `own`) and the chosen one for a select.

    With it come the words for what was found, empty where nothing was searched for.
    """
    found = directory.search_services(query, _PAGE) if query else tuple(own)
    cards = {card.id: card for card in found}
    if chosen is not None and chosen not in cards:
        cards = {chosen: directory.service(chosen), **cards}
    options = [("", any_words), *((str(card.id), card.name) for card in cards.values())]
    if not query:
        return options, ""
    if not found:
        return options, f"По\u00a0словам «{query}» услуг нет. Попробуйте часть слова."
    return options, f"Найдено: {plural(len(found), 'услуга', 'услуги', 'услуг')}. Выберите ниже."


def colleagues() -> dict[str, str]:
    """Return by login how colleagues know each other."""
    return {card.login: card.name or card.login for card in all_staff()}
