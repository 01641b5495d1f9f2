"""The feed of «Яндекс: Врачи», YML v2: doctors, clinics, services, and offers that bind the three.

Element set and order: two public generators agree on them, and the search engine's documents on what an
offer must have. Left out, because the directory does not know it: e-mail, places of work, the day on which a
career began, the issuer of a certificate, reviews. `online_schedule` is false: times are not handed over,
which takes a contract with the search engine; `appointment` says whether its page books.
"""

from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.urls import reverse

from feldsher.channels.feeds.writing import leaf, short_id, stream
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import LocationCard, PractitionerCard, ServiceCard, VisitMode
from feldsher.domain.directory.types.feeds import PublishedVisit
from feldsher.domain.directory.types.profile import FEED_WIDTH, PhotoType, Profile
from feldsher.foundation.modules import has_booking
from feldsher.kernel.phone import format_phone

_ADULT: Final = 18


def write_doctors(file: Any, *, site: str, day: date) -> None:
    """Write the feed; `site` is the origin of addresses without a slash, `day` dates it."""
    visits = [each for each in directory.published_visits() if each.title]
    places = {place.id: place for place in directory.locations()}
    services = directory.service_cards({each.terms.service_id for each in visits})
    brand, company = directory.brand(), next(iter(directory.organizations().values()), "")
    with stream(file) as out:
        out.write_declaration()
        with out.element("shop", {"version": "2.0", "date": f"{day} 00:00"}):
            leaf(out, "name", brand.name or company or "Клиника")
            leaf(out, "company", company or brand.name or "Клиника")
            leaf(out, "url", f"{site}/")
            with out.element("doctors"):
                for card, profile in directory.published_practitioners():
                    _doctor(out, card, profile, site=site, day=day)
            with out.element("clinics"):
                for place in places.values():
                    _clinic(out, place, site=site)
            with out.element("services"):
                for service in services.values():
                    _service(out, service)
            with out.element("offers"):
                for visit in visits:
                    _offer(out, visit, site=site)


def _doctor(out: Any, card: PractitionerCard, profile: Profile, *, site: str, day: date) -> None:
    with out.element("doctor", {"id": short_id(card.id)}):
        leaf(out, "name", card.name)
        leaf(out, "url", site + reverse("site:doctor", args=[card.id]))
        leaf(out, "description", profile.about)
        leaf(out, "internal_id", card.id)
        leaf(out, "first_name", card.given)
        leaf(out, "surname", card.family)
        leaf(out, "patronymic", card.middle)
        leaf(out, "experience_years", profile.experience(day))
        if card.photo:
            name = f"{card.photo}-{FEED_WIDTH}.{PhotoType.JPEG.value}"
            leaf(out, "picture", site + reverse("site:photo", args=[name]))
        leaf(out, "degree", profile.degree)
        leaf(out, "rank", profile.rank)
        leaf(out, "category", profile.category)
        for each in profile.education:
            with out.element("education"):
                leaf(out, "organization", each.institution)
                leaf(out, "finish_year", each.year)
                leaf(out, "type", each.level)
                leaf(out, "specialization", each.speciality)


def _clinic(out: Any, place: LocationCard, *, site: str) -> None:
    with out.element("clinic", {"id": short_id(place.id)}):
        leaf(out, "url", site + reverse("site:branch", args=[place.id]))
        leaf(out, "name", place.name)
        leaf(out, "city", place.city)
        leaf(out, "address", place.address)
        leaf(out, "phone", format_phone(place.phone) if place.phone else "")
        leaf(out, "internal_id", place.id)
        leaf(out, "company_id", place.company_id)


def _service(out: Any, service: ServiceCard) -> None:
    with out.element("service", {"id": short_id(service.id)}):
        leaf(out, "name", service.name)
        leaf(out, "gov_id", service.nomenclature)
        leaf(out, "internal_id", service.id)


def _offer(out: Any, visit: PublishedVisit, *, site: str) -> None:
    terms = visit.terms
    doctor, place, service = terms.practitioner_id, terms.location_id, terms.service_id
    address = f"{site}{reverse('site:doctor', args=[doctor])}?location={place}&service={service}"
    with out.element("offer", {"id": short_id(doctor, place, service)}):
        leaf(out, "url", address)
        leaf(out, "oms", value=False)
        leaf(out, "online_schedule", value=False)
        leaf(out, "appointment", value=has_booking())
        if visit.price is not None:
            with out.element("price"):
                leaf(out, "base_price", amount_words(visit.price))
                leaf(out, "currency", "RUB")
                leaf(out, "free_appointment", value=False)
        with out.element("service", {"id": short_id(service)}):
            pass
        with out.element("clinic", {"id": short_id(place)}), out.element("doctor", {"id": short_id(doctor)}):
            leaf(out, "speciality", visit.title)
            leaf(out, "children_appointment", value=terms.age_from is None or terms.age_from < _ADULT)
            leaf(out, "adult_appointment", value=terms.age_to is None or terms.age_to >= _ADULT)
            leaf(out, "house_call", value=False)
            leaf(out, "telemed", value=terms.mode is not VisitMode.IN_PERSON)
            leaf(out, "is_base_service", value=terms.is_default)


def amount_words(amount: Decimal) -> str:
    """Return roubles as catalogues read them: whole ones without kopecks, a point before kopecks."""
    return f"{amount:.0f}" if amount == amount.to_integral() else f"{amount:.2f}"
