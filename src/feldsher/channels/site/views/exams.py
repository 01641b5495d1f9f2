"""The calculator of compulsory examinations (order 29н): groups of workers by points and head counts.

All of it stands in the address as one line (`set`): a link keeps a calculation, and a request carries it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from feldsher.channels.frontend.exam_words import HEADS, KINDS
from feldsher.channels.frontend.queries import text_in, uuid_in
from feldsher.channels.site.pages import page
from feldsher.channels.site.seo import Crumb, Seo
from feldsher.channels.site.views.errors import honest
from feldsher.channels.site.views.options import place_of
from feldsher.domain.corporate import selectors
from feldsher.domain.corporate.errors import ExamListMissingError
from feldsher.domain.corporate.types.exams import (
    ExamGroup,
    ExamKind,
    ExamLine,
    ExamList,
    ExamWish,
    GroupEstimate,
    Head,
    Point,
    Sometimes,
)
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import LocationCard
from feldsher.kernel import clock, formats
from feldsher.kernel.errors import InvalidInputError

_POINTS_LIMIT = 1000
_MOST_CHECKED = 60
_WHOM = {
    frozenset({Head.WOMEN, Head.WOMEN_40}): "женщинам",
    frozenset({Head.MEN, Head.MEN_40}): "мужчинам",
    frozenset({Head.MEN_40, Head.WOMEN_40}): "от\u00a040 лет",
    frozenset({Head.WOMEN_40}): "женщинам от\u00a040 лет",
    frozenset({Head.MEN_40}): "мужчинам от\u00a040 лет",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A group as the page tells it. `parts`: doctors, then tests that have a price, each with for whom it is.

    `at_visit`: what is done at the visits of doctors. `unpriced`: what has no price here, and for whom.
    `sums`: of each kind of workers how many, for one and together. `drop_url`: the calculation without it.
    """

    title: str
    points: tuple[str, ...]
    estimate: GroupEstimate
    parts: tuple[tuple[str, tuple[tuple[ExamLine, str], ...]], ...]
    sums: tuple[tuple[str, int, Decimal, Decimal], ...]
    sometimes: tuple[tuple[str, str], ...]
    at_visit: tuple[str, ...]
    unpriced: tuple[str, ...]
    term: str
    slower: str
    drop_url: str


@require_safe
@honest
def calculate(request: HttpRequest) -> HttpResponse:
    """Show the calculator; what was typed leads to the address of the calculation with it."""
    locations = directory.locations()
    place = place_of(locations, uuid_in(request.GET, "location")) or next(iter(locations), None)
    try:
        exams = selectors.current_exam_list()
    except ExamListMissingError as error:
        return _page(request, {"missing": error.message}, locations, place)
    wish, faults = _carried(request, exams)
    if request.GET.get("add") == "1":
        try:
            wish = _with_typed(request, wish, exams)
        except InvalidInputError as error:
            faults |= error.fields
        else:
            return HttpResponseRedirect(f"{_address(wish, place)}#sums")
    context = {
        "exams": exams,
        "until": formats.day_year(exams.valid_to) if exams.valid_to else "",
        "kinds": [(kind.value, words, kind is wish.kind) for kind, words in KINDS.items()],
        "sections": _sections(request, exams),
        "heads": [
            (head.value, words, text_in(request.GET, head.value, limit=6)) for head, words in HEADS.items()
        ],
        "line": selectors.write_wish(wish.kind, wish.groups),
        "typed": text_in(request.GET, "points", limit=_POINTS_LIMIT),
        "faults": faults,
        **(_counted(wish, place, exams) if wish.groups and place else {}),
    }
    return _page(request, context, locations, place, status=InvalidInputError.status if faults else 200)


def _page(
    request: HttpRequest,
    context: dict[str, object],
    locations: Sequence[LocationCard],
    place: LocationCard | None,
    *,
    status: int = 200,
) -> HttpResponse:
    seo = Seo(
        title="Расчёт профосмотра",
        description="Врачи, анализы и\u00a0цена профосмотра по\u00a0приказу 29н и\u00a0числу работников.",
        path=reverse("site:exams"),
        crumbs=(Crumb("Компаниям", reverse("site:corporate")), Crumb("Расчёт профосмотра")),
        is_indexed=not request.GET,
    )
    context |= {"locations": locations, "place": place}
    return page(request, "exams.html", context, locations=locations, place=place, status=status, seo=seo)


def _carried(request: HttpRequest, exams: ExamList) -> tuple[ExamWish, dict[str, str]]:
    """Return what the address carries, with the kind that was chosen last, and what is wrong with it."""
    line = text_in(request.GET, "set", limit=selectors.LINE_LIMIT)
    chosen = text_in(request.GET, "exam", limit=20)
    kind = ExamKind(chosen) if chosen in set(ExamKind) else None
    if not line:
        return ExamWish(kind or ExamKind.PERIODIC, ()), {}
    try:
        wish = selectors.read_wish(line, exams=exams)
    except InvalidInputError as error:
        return ExamWish(kind or ExamKind.PERIODIC, ()), dict(error.fields)
    return ExamWish(kind or wish.kind, wish.groups), {}


def _with_typed(request: HttpRequest, wish: ExamWish, exams: ExamList) -> ExamWish:
    """Return the wish with the group that was typed; InvalidInputError (`points`, `heads`, `exams`)."""
    checked = request.GET.getlist("point")[:_MOST_CHECKED]
    points = ",".join([text_in(request.GET, "points", limit=_POINTS_LIMIT), *(each[:12] for each in checked)])
    heads = {head: text_in(request.GET, head.value, limit=8) for head in Head}
    group = selectors.read_group(points, heads=heads, exams=exams)
    # Read back as it is carried, so that no address is made that would not be read.
    line = selectors.write_wish(wish.kind, [*wish.groups, group])
    return selectors.read_wish(line, exams=exams)


def _address(wish: ExamWish, place: LocationCard | None) -> str:
    return address_of(selectors.write_wish(wish.kind, wish.groups), place)


def address_of(line: str, place: LocationCard | None) -> str:
    """Return the address of a calculation; of an empty one it is the empty calculator."""
    said = [("set", line)] if line else []
    said += [("location", str(place.id))] if place else []
    return f"{reverse('site:exams')}?{urlencode(said)}" if said else reverse("site:exams")


def _sections(request: HttpRequest, exams: ExamList) -> list[tuple[str, list[tuple[Point, bool]], bool]]:
    """Return the points by section with those that are ticked; a section with one is open."""
    ticked = set(request.GET.getlist("point")[:_MOST_CHECKED])
    found = []
    for key, name in exams.sections.items():
        points = [(point, point.number in ticked) for point in exams.points.values() if point.section == key]
        found.append((f"{key}. {name}", points, any(is_ticked for _, is_ticked in points)))
    return found


def _counted(wish: ExamWish, place: LocationCard, exams: ExamList) -> dict[str, object]:
    today = formats.local_day(clock.now(), place.zone or formats.MOSCOW)
    estimate = selectors.exam_estimate(wish, exams=exams, location_id=place.id, day=today)
    groups = []
    for index, counted in enumerate(estimate.groups):
        others = ExamWish(wish.kind, (*wish.groups[:index], *wish.groups[index + 1 :]))
        title = (
            f"Группа {index + 1}: {formats.plural(counted.group.size, 'работник', 'работника', 'работников')}"
        )
        groups.append(_shown(counted, exams, title=title, drop_url=_address(others, place)))
    asked = [("set", selectors.write_wish(wish.kind, wish.groups)), ("location", str(place.id))]
    return {
        "groups": groups,
        "estimate": estimate,
        "kind_words": KINDS[wish.kind].partition(",")[0].lower(),
        "today": formats.day_year(today),
        "size": formats.plural(
            sum(group.size for group in wish.groups), "работника", "работников", "работников"
        ),
        "ask_url": f"{reverse('site:company-ask')}?{urlencode(asked)}",
        "seller": place.legal,
    }


def _shown(counted: GroupEstimate, exams: ExamList, *, title: str, drop_url: str) -> Shown:
    lines = [
        (line, ", ".join(filter(None, (_WHOM.get(line.heads, ""), line.note)))) for line in counted.lines
    ]
    priced = [each for each in lines if each[0].price]
    parts = (
        ("Врачи", tuple(each for each in priced if each[0].service.is_doctor)),
        ("Исследования", tuple(each for each in priced if not each[0].service.is_doctor)),
    )
    return Shown(
        title=title,
        points=tuple(words_of(counted.group, exams)),
        estimate=counted,
        parts=tuple(part for part in parts if part[1]),
        sums=tuple(
            (HEADS[each.head], each.count, each.amount, each.amount * each.count) for each in counted.sums
        ),
        sometimes=tuple((each.service.name, _why(each)) for each in counted.sometimes),
        at_visit=tuple(line.service.name for line, _ in lines if line.service.part_of),
        unpriced=tuple(
            line.service.name + (f" ({whom})" if whom else "")
            for line, whom in lines
            if line.price is None and not line.service.part_of
        ),
        term=_every(counted.years),
        slower=", ".join(counted.slower),
        drop_url=drop_url,
    )


def words_of(group: ExamGroup, exams: ExamList) -> list[str]:
    """Return the points of a group as they are told: number, name, and the marks that were named."""
    return [
        f"{number}{marks} {exams.points[number].name}"
        + (f" ({exams.points[number].note})" if exams.points[number].note else "")
        for number, marks in group.points
    ]


def _every(years: int) -> str:
    return "раз в\u00a0год" if years == 1 else f"раз в\u00a0{formats.plural(years, 'год', 'года', 'лет')}"


def _why(each: Sometimes) -> str:
    if each.letters:
        return f"если есть вещества с\u00a0отметкой {', '.join(each.letters)}"
    return each.why or _every(each.years)
