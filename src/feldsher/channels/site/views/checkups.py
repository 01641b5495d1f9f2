"""Check-up programmes and what one costs: a GET form that the server computes, told anew while one chooses.

An address holds a band of age (no narrower than the programme's own rules tell apart) and a sex, only where a
rule asks them: neither says who asks. Pregnancy is never asked here: it would be a word about health in an
address; the page says for whom a programme is not.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from feldsher.channels.frontend.answers import SeeOther, private
from feldsher.channels.frontend.form_keys import after_its_twin, idempotency_of
from feldsher.channels.frontend.queries import text_in, uuid_in, whole
from feldsher.channels.site import estimates
from feldsher.channels.site.forms import ProgrammeForm
from feldsher.channels.site.page_cache import kept, rests_on
from feldsher.channels.site.pages import page
from feldsher.channels.site.present import link
from feldsher.channels.site.seo import Crumb, Seo, origin_of
from feldsher.channels.site.views.call import promise_address
from feldsher.channels.site.views.errors import honest
from feldsher.channels.site.views.options import place_of
from feldsher.domain.checkups import selectors
from feldsher.domain.checkups.types import Band, Bounds, Estimate, Person, ProgrammeCard, Sex, Why
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import LocationCard
from feldsher.domain.scheduling import services
from feldsher.domain.scheduling.types import ProgrammeWish
from feldsher.kernel import clock, formats
from feldsher.kernel.errors import InvalidInputError, NotFoundError

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
@kept("programme", "service")
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


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address chooses of a programme. `day`: the past day on which its link was made.

    `is_missing`: something that was ticked is no longer in the programme.
    """

    card: ProgrammeCard
    locations: tuple[LocationCard, ...]
    place: LocationCard | None
    bands: tuple[Band, ...]
    person: Person
    chosen: frozenset[UUID]
    day: date | None
    is_missing: bool

    @property
    def is_asking(self) -> bool:
        return selectors.is_unanswered(self.card, self.person)

    @property
    def who(self) -> str:
        """«женщина, 40 лет и старше», or nothing where no rule asks."""
        words = [_SEXES[self.person.sex].lower()] if self.person.sex else []
        words += [_band_words(band) for band in self.bands if band.first == self.person.age]
        return ", ".join(words)

    @property
    def today(self) -> date:
        return formats.local_day(clock.now(), (self.place.zone if self.place else "") or formats.MOSCOW)

    @property
    def answers(self) -> list[tuple[str, str]]:
        """The address's own answers, as those of a form."""
        place = [("location", str(self.place.id))] if self.place else []
        return [*place, *_answers(self.person, self.chosen)]


def asked_of(data: QueryDict, slug: str) -> Asked:
    """Return what an address chooses; NotFoundError for an unknown programme or branch."""
    card, locations = selectors.programme(slug), directory.locations()
    place = place_of(locations, uuid_in(data, "location")) or next(iter(locations), None)
    bands = selectors.bands_of(card)
    chosen = _chosen(data, card)
    asked = Asked(
        card=card,
        locations=locations,
        place=place,
        bands=bands,
        person=_person(data, card, bands),
        chosen=chosen,
        day=None,
        is_missing=not set(data.getlist("with")) <= {str(item.id) for item in card.items},
    )
    return replace(asked, day=_past_day(data, before=asked.today))


def counted(asked: Asked, place: LocationCard, *, days: Collection[date]) -> tuple[Estimate, ...]:
    """Return what the choice costs in a branch on each of these days of it."""
    return selectors.estimates(
        asked.card, location_id=place.id, days=days, person=asked.person, chosen=asked.chosen
    )


@require_safe
@honest
@kept("doctor", "service")
def show(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a programme with its calculator; `live` asks for the estimate alone, of an open page."""
    asked = asked_of(request.GET, slug)
    rests_on(f"programme:{asked.card.id}")
    card, place, locations, bands = asked.card, asked.place, asked.locations, asked.bands
    person, chosen = asked.person, asked.chosen
    asks_sex = selectors.asks_sex(card)
    context: dict[str, object] = {
        "card": card,
        "for_whom": _for_whom(card.bounds),
        "place": place,
        "locations": locations,
        "is_asking": asked.is_asking,
        "mandatory": [(item, _for_whom(item.bounds)) for item in card.items if not item.is_optional],
        "optional": [
            (item, _for_whom(item.bounds), item.id in chosen) for item in card.items if item.is_optional
        ],
        "bands": [(band.first, _band_words(band), band.first == person.age) for band in bands],
        "sexes": [(sex.value, words, sex is person.sex) for sex, words in _SEXES.items()] if asks_sex else [],
    }
    if place is not None and not asked.is_asking:
        context |= _estimate(asked, place, origin=origin_of(request))
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


@require_http_methods(["GET", "HEAD", "POST"])
@honest
def ask(request: HttpRequest, slug: str) -> HttpResponse:
    """Take a name and a phone for a programme as it was counted, and promise the hour of the call."""
    data = request.POST if request.method == "POST" else request.GET
    asked = asked_of(data, slug)
    place = asked.place
    if place is None or uuid_in(data, "location") != place.id:
        raise NotFoundError("no such branch")
    back = f"{reverse('site:checkup', args=[slug])}?{urlencode(asked.answers)}"
    if asked.is_asking:
        return private(SeeOther(back))
    form, status = ProgrammeForm(), 200
    if request.method == "POST":
        form, status = ProgrammeForm(request.POST), InvalidInputError.status
        if form.is_valid():
            once = idempotency_of(request, route="site checkup", caller="", subject=slug)
            keep = partial(
                services.request_programme,
                ProgrammeWish(slug, place.id, asked.person, asked.chosen),
                name=form.cleaned_data["name"],
                phone=form.cleaned_data["phone"],
                channel="site",
                idempotency=once,
            )
            try:
                taken = after_its_twin(keep)
            except InvalidInputError as error:
                form.blame(error.fields)
            else:
                return private(SeeOther(promise_address(taken, zone=place.zone)))
    context = {
        "card": asked.card,
        "place": place,
        "form": form,
        "carried": asked.answers,
        "back": back,
    }
    return private(
        page(request, "checkup_ask.html", context, locations=asked.locations, place=place, status=status)
    )


def _answers(person: Person, chosen: frozenset[UUID]) -> list[tuple[str, str]]:
    """Return what was answered as fields of a form or an address; nothing in them says who asks."""
    said = [("age", str(person.age))] if person.age is not None else []
    said += [("sex", person.sex.value)] if person.sex else []
    return [*said, *(("with", str(item)) for item in sorted(chosen))]


def _estimate(asked: Asked, place: LocationCard, *, origin: str) -> dict[str, object]:
    rests_on("price:", f"price:{place.id}")
    days = (asked.today, asked.day) if asked.day else (asked.today,)
    found, *then = counted(asked, place, days=days)
    shown: dict[str, object] = {
        "estimate": found,
        "refusal": _REFUSAL[found.refusal] if found.refusal else "",
        "excluded": left_out(found),
    }
    if found.refusal:
        return shown
    link, answers = shared_link(asked, origin=origin), urlencode(asked.answers)
    return shown | {
        "advantage": estimates.advantage(found),
        "unknown": estimates.unknown(found),
        "terms": estimates.terms(found, place=place, who=asked.who),
        "change": estimates.change(found, *then) if then else "",
        "is_missing": asked.is_missing,
        "share_url": link,
        "mail_url": estimates.letter(asked.card.name, link),
        "paper_url": f"{reverse('site:checkup-paper', args=[asked.card.slug])}?{answers}",
        "ask_url": f"{reverse('site:checkup-ask', args=[asked.card.slug])}?{answers}",
    }


def left_out(found: Estimate) -> list[tuple[str, str]]:
    """Return what is not in an estimate, each with the reason."""
    return [(each.item.name, _WHY[each.why]) for each in found.excluded]


def shared_link(asked: Asked, *, origin: str) -> str:
    """Return the whole link to this choice, as of today."""
    address = f"{origin}{reverse('site:checkup', args=[asked.card.slug])}"
    return estimates.shared(address, answers=asked.answers, day=asked.today)


def _past_day(data: QueryDict, *, before: date) -> date | None:
    """Return the day on which a link was made; None for today, for the future and for what is no day."""
    try:
        day = date.fromisoformat(text_in(data, "day", limit=10))
    except ValueError:
        return None
    return day if day < before else None


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
