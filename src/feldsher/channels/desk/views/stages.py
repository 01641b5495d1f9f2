"""Lead a branch from shadow over requests to booking, or back; see how its mirror differs from its MIS."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.pages import page
from feldsher.channels.desk.scopes import branch_words, colleagues
from feldsher.channels.frontend.answers import SeeOther
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import PractitionerCard
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling import services
from feldsher.domain.scheduling.types import BranchState, Compared, Difference, Stage
from feldsher.foundation.access.policies import Action, can
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock, formats
from feldsher.kernel.errors import NotFoundError
from feldsher.kernel.formats import plural

MOST_ROWS = 200


@dataclass(frozen=True, slots=True)
class Words:
    """What a stage is called, what it means, and what follows from setting it."""

    title: str
    meaning: str
    act: str
    follows: str


STAGES: Mapping[Stage, Words] = {
    Stage.SHADOW: Words(
        "Сверка",
        "Расписание читается и\u00a0сверяется, на\u00a0сайте времени филиала нет.",
        "Перевести в\u00a0сверку",
        "Времени филиала на\u00a0сайте не\u00a0станет. Кто уже заполняет форму, сможет записаться:"
        " такую запись внесёт регистратор.",
    ),
    Stage.REQUESTS: Words(
        "Заявки",
        "Сайт принимает записи, в\u00a0МИС их\u00a0вносит регистратор.",
        "Перевести в\u00a0заявки",
        "Каждая запись станет задачей регистратора: внести в\u00a0МИС и\u00a0отметить. Сам сайт"
        " новых записей в\u00a0МИС не\u00a0делает.",
    ),
    Stage.BOOKING: Words(
        "Запись",
        "Сайт записывает в\u00a0МИС сам.",
        "Включить запись",
        "Сайт начнёт сам записывать в\u00a0МИС. Заявки, которые уже ждут, внесёт регистратор.",
    ),
}


@dataclass(frozen=True, slots=True)
class Branch:
    """One branch on the page: its stage in words, the steps to others, and the comparison."""

    name: str
    stage: str
    meaning: str
    since: str
    steps: tuple[tuple[str, str], ...]
    compare: str
    compared: str
    error: str
    rows: list[tuple[str, ...]]


@staff_page(Action.SEE_SYNC)
def show(request: HttpRequest, staff: Staff) -> HttpResponse:
    states = scheduling.branch_states(staff)
    doctors = directory.practitioner_cards(
        {each.practitioner_id for state in states if state.compared for each in state.compared.days}
    )
    names = colleagues()
    may_set = can(staff, Action.SET_STAGE)
    return page(
        request,
        staff,
        "stages.html",
        {
            "branches": [_branch(state, doctors, names, may_set=may_set) for state in states],
            "head": ("Врач", "День", "Свободно у\u00a0нас", "Свободно в\u00a0МИС", "Расхождение"),
        },
    )


@staff_page(Action.SET_STAGE, methods=("POST",))
def compare(_request: HttpRequest, staff: Staff, branch_id: UUID) -> HttpResponse:
    services.ask_comparison(branch_id, staff=staff)
    return SeeOther(reverse("desk:stages"))


@staff_page(Action.SET_STAGE, methods=("GET", "HEAD", "POST"))
def change(request: HttpRequest, staff: Staff, branch_id: UUID, stage: str) -> HttpResponse:
    """Say what follows and ask; the POST of that page sets the stage."""
    if stage not in {each.value for each in Stage}:
        raise NotFoundError("no such stage")
    chosen, place = Stage(stage), scheduling.staged_branch(branch_id)
    if request.method == "POST":
        services.set_stage(branch_id, stage=chosen, staff=staff)
        return SeeOther(reverse("desk:stages"))
    words = STAGES[chosen]
    context = {
        "question": f"{words.act}?",
        "lines": [f"{branch_words(place.name)[0].upper()}{branch_words(place.name)[1:]}. {words.meaning}"],
        "warning": words.follows,
        "act": words.act,
        "action": reverse("desk:stage", args=(branch_id, stage)),
        "danger": chosen is Stage.BOOKING,
        "back": reverse("desk:stages"),
    }
    return page(request, staff, "confirm.html", context)


def _branch(
    state: BranchState,
    doctors: Mapping[UUID, PractitionerCard],
    names: Mapping[str, str],
    *,
    may_set: bool,
) -> Branch:
    place = directory.location(state.location_id)
    zone, now = place.zone or formats.MOSCOW, clock.now()
    words = STAGES[state.stage]
    since = ""
    if state.since is not None:
        author = names.get(state.author, state.author)
        since = f"{author}, {formats.promise(state.since, zone=zone, now=now)}"
    others = tuple(each for each in Stage if each is not state.stage) if may_set else ()
    compared = state.compared
    return Branch(
        name=place.name,
        stage=words.title,
        meaning=words.meaning,
        since=since,
        steps=tuple(
            (STAGES[each].act, reverse("desk:stage", args=(state.location_id, each.value))) for each in others
        ),
        compare=reverse("desk:stage-compare", args=(state.location_id,)) if may_set else "",
        compared=_compared(compared, zone=zone, now=now) if compared else "",
        error=compared.error if compared else "",
        rows=[_row(each, doctors, zone=zone) for each in _shown(compared)] if compared else [],
    )


def _shown(compared: Compared) -> list[Difference]:
    """Return what differs first, then the rest, as much as a page can hold."""
    return sorted(compared.days, key=lambda each: (each.is_same, each.day))[:MOST_ROWS]


def _compared(compared: Compared, *, zone: str, now: datetime) -> str:
    """Say when the comparison was made and how many days differ."""
    if compared.error:
        return "Сверить не\u00a0получилось"
    if compared.as_of is None:
        asked = formats.promise(compared.asked_at, zone=zone, now=now)
        return f"Сверка запрошена в\u00a0{asked}. Обновите страницу через минуту."
    different = sum(not each.is_same for each in compared.days)
    when = formats.promise(compared.as_of, zone=zone, now=now)
    total = plural(len(compared.days), "день врача", "дня врачей", "дней врачей")
    if not different:
        return f"Сверено в\u00a0{when}: {total}, расхождений нет."
    return f"Сверено в\u00a0{when}: {total}, расходится {different}."


def _row(told: Difference, doctors: Mapping[UUID, PractitionerCard], *, zone: str) -> tuple[str, ...]:
    card = doctors.get(told.practitioner_id)
    parts = []
    if told.only_here:
        parts.append(f"МИС уже не\u00a0отдаёт: {_spans(told.only_here, zone)}")
    if told.only_there:
        parts.append(f"есть только в\u00a0МИС: {_spans(told.only_there, zone)}")
    return (
        card.name if card else "",
        formats.day_month(told.day, today=formats.local_day(clock.now(), zone)),
        f"{told.here}\u00a0мин",
        f"{told.there}\u00a0мин",
        "; ".join(parts) or "нет",
    )


def _spans(spans: tuple[tuple[datetime, datetime], ...], zone: str) -> str:
    return ", ".join(f"{formats.clock(begin, zone)}–{formats.clock(end, zone)}" for begin, end in spans)
