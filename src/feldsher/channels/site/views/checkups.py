"""Check-up programmes and what one costs: a GET form that the server computes, told anew while one chooses.

An address holds a band of age (no narrower than the programme's own rules tell apart) and a sex, only where a
rule asks them: neither says who asks. Pregnancy is never asked here: it would be a word about health in an
address; the page says for whom a programme is not.
"""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from feldsher.channels.frontend.queries import text_in, uuid_in, whole
from feldsher.channels.site.pages import page
from feldsher.channels.site.present import link
from feldsher.channels.site.seo import Crumb, Seo
from feldsher.channels.site.views.errors import honest
from feldsher.channels.site.views.options import place_of
from feldsher.domain.checkups import selectors
from feldsher.domain.checkups.types import Band, Bounds, Estimate, Person, ProgrammeCard, Sex, Why
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import LocationCard
from feldsher.kernel import clock, formats

_SEXES = {Sex.FEMALE: "Женщина", Sex.MALE: "Мужчина"}
_FOR = {Sex.FEMALE: "для\u00a0женщин", Sex.MALE: "для\u00a0мужчин"}
_WHY = {
    Why.AGE: "не\u00a0для\u00a0этого возраста",
    Why.SEX: "не\u00a0для\u00a0этого пола",
    Why.BRANCH: "в\u00a0этом филиале не\u00a0делают",
}
_REFUSAL = {
    Why.AGE: "Эта программа для\u00a0другого возраста",
    Why.SEX: "Эта программа для\u00a0другого пола",
    Why.BRANCH: "В\u00a0этом филиале программу не\u00a0проводят",
}


@require_safe
@honest
def programmes(request: HttpRequest) -> HttpResponse:
    """List the programmes with whom each is for."""
    rows = [(card, _for_whom(card.bounds), link("checkup", card.slug)) for card in selectors.programmes()]
    seo = Seo(
        title="Программы чекапов",
        description="Программы обследования: состав и\u00a0цена по\u00a0возрасту и\u00a0полу.",
        path=reverse("site:checkups"),
        crumbs=(Crumb("Программы чекапов"),),
        is_indexed=bool(rows),
    )
    return page(request, "checkups.html", {"rows": rows}, seo=seo)


@require_safe
@honest
def show(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a programme with its calculator; `live` asks for the estimate alone, of an open page."""
    card = selectors.programme(slug)
    locations = directory.locations()
    place = place_of(locations, uuid_in(request.GET, "location")) or next(iter(locations), None)
    bands = selectors.bands_of(card)
    person = _person(request.GET, card, bands)
    chosen = _chosen(request.GET, card)
    asks_sex = selectors.asks_sex(card)
    is_asking = (bool(bands) and person.age is None) or (asks_sex and person.sex is None)
    context: dict[str, object] = {
        "card": card,
        "for_whom": _for_whom(card.bounds),
        "place": place,
        "locations": locations,
        "is_asking": is_asking,
        "mandatory": [(item, _for_whom(item.bounds)) for item in card.items if not item.is_optional],
        "optional": [
            (item, _for_whom(item.bounds), item.id in chosen) for item in card.items if item.is_optional
        ],
        "bands": [(band.first, _band_words(band), band.first == person.age) for band in bands],
        "sexes": [(sex.value, words, sex is person.sex) for sex, words in _SEXES.items()] if asks_sex else [],
    }
    if place is not None and not is_asking:
        context |= _estimate(card, place, person, chosen)
    if place is not None:
        context["seller"] = place.legal
    if request.GET.get("live") == "1":
        return render(request, "site/_estimate.html", context)
    seo = Seo(
        title=card.name,
        description=f"{card.name}: что входит и\u00a0сколько стоит по\u00a0возрасту и\u00a0полу.",
        path=reverse("site:checkup", args=[card.slug]),
        crumbs=(Crumb("Программы чекапов", reverse("site:checkups")), Crumb(card.name)),
    )
    return page(request, "checkup.html", context, locations=locations, place=place, seo=seo)


def _estimate(
    card: ProgrammeCard, place: LocationCard, person: Person, chosen: frozenset[UUID]
) -> dict[str, object]:
    today = formats.local_day(clock.now(), place.zone or formats.MOSCOW)
    found = selectors.estimate(card, location_id=place.id, day=today, person=person, chosen=chosen)
    until = found.whole.until if found.whole else None
    return {
        "estimate": found,
        "refusal": _REFUSAL[found.refusal] if found.refusal else "",
        "excluded": [(each.item.name, _WHY[each.why]) for each in found.excluded],
        "loss": -found.saving if found.saving is not None and found.saving < 0 else None,
        "today": formats.day_year(today),
        "since": formats.day_year(found.whole.since) if found.whole else "",
        "until": formats.day_year(until) if until else "",
        "unknown": _unknown(found),
    }


def _unknown(found: Estimate) -> list[str]:
    return [line.item.name for line in (*found.mandatory, *found.chosen) if line.amount is None]


def _person(data: QueryDict, card: ProgrammeCard, bands: tuple[Band, ...]) -> Person:
    """Return what was answered of what the programme's rules ask; anything else is no answer."""
    first = whole(text_in(data, "age", limit=3))
    age = first if any(band.first == first for band in bands) else None
    sex = text_in(data, "sex", limit=1)
    return Person(age, Sex(sex) if sex in set(Sex) and selectors.asks_sex(card) else None)


def _chosen(data: QueryDict, card: ProgrammeCard) -> frozenset[UUID]:
    ticked = set(data.getlist("with")[: len(card.items)])
    return frozenset(item.id for item in card.items if item.is_optional and str(item.id) in ticked)


def _band_words(band: Band) -> str:
    if band.last is None:
        return f"{formats.plural(band.first, 'год', 'года', 'лет')} и\u00a0старше"
    if band.first == 0:
        return f"до\u00a0{formats.plural(band.last + 1, 'года', 'лет', 'лет')}"
    if band.first == band.last:
        return formats.plural(band.first, "год", "года", "лет")
    return f"{band.first}–{formats.plural(band.last, 'год', 'года', 'лет')}"


def _for_whom(bounds: Bounds) -> str:
    """Return «для женщин, с 40 лет», or nothing."""
    words = [_FOR[bounds.sex]] if bounds.sex else []
    if bounds.age_from:
        words.append(f"с\u00a0{formats.plural(bounds.age_from, 'года', 'лет', 'лет')}")
    if bounds.age_to is not None:
        words.append(f"до\u00a0{formats.plural(bounds.age_to, 'года', 'лет', 'лет')} включительно")
    return ", ".join(words)
