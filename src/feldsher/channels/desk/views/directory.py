"""«Справочник»: what the MISes give and staff say over it, and the list of what nobody says."""

from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse

from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.map_part import map_part
from feldsher.channels.desk.own_record import Refused, new_record, own_record
from feldsher.channels.desk.pages import Cell, page
from feldsher.channels.desk.profile_part import profile_part
from feldsher.channels.desk.record_words import (
    BY_KIND,
    HINTS,
    KINDS,
    LABELS,
    KindWords,
    gap_groups,
    kind_of,
    shown_value,
    source_words,
    zone_options,
)
from feldsher.channels.frontend.answers import SeeOther
from feldsher.channels.frontend.queries import whole
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory import services
from feldsher.domain.directory.selectors.records import PAGE
from feldsher.domain.directory.types import FieldCard, FieldChange, Kind, Missing, RecordCard
from feldsher.domain.directory.types.own import OWN_SCHEDULE
from feldsher.domain.scheduling import services as scheduling
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError

_OF_BOOKING = {"zone", "minutes", "title"}
"""Fields that the table of offers is made from."""
MODES = {
    **dict.fromkeys(("minutes", "inn", "ogrn", "career_start", "company_id"), "numeric"),
    **dict.fromkeys(("latitude", "longitude"), "decimal"),
}
_ROWS = {
    "about": "6",
    "education": "4",
    "certificates": "3",
    "directions": "3",
    "preparation": "6",
    "to_bring": "3",
}
"""Fields of several lines, and how many are shown."""
TYPES = {"phone": "tel", "licence_date": "date"}
_INPUTS = {"certificates_expired": "certificates"}
"""Gaps that are filled in a field of another name."""
_SHOWN = {True: "показывает", False: "не\u00a0показывает"}
_GROUP = 100
"""Lines of one group that the page of gaps shows; a price list may have thousands."""
_TEXT = 100
_PAGES = 10_000


@dataclass(frozen=True, slots=True)
class Input:
    """A field of a record's form; `was` is what the page showed, so that only what changed is saved."""

    name: str
    label: str
    value: str
    was: str
    source: str
    hint: str = ""
    error: str = ""
    type: str = "text"
    mode: str = ""
    rows: str = ""
    options: tuple[tuple[str, str], ...] = ()
    take_back: str = ""
    is_taken_back: bool = False


def record_url(kind: Kind, target: UUID, *, field: str = "") -> str:
    address = reverse("desk:record", args=[BY_KIND[kind].slug, target])
    return f"{address}#field-{_INPUTS.get(field, field)}" if field else address


@staff_page(Action.EDIT_DIRECTORY)
def start(request: HttpRequest, staff: Staff) -> HttpResponse:
    return _list(request, staff, KINDS[0])


@staff_page(Action.EDIT_DIRECTORY, methods=("GET", "HEAD", "POST"))
def records(request: HttpRequest, staff: Staff, slug: str) -> HttpResponse:
    """List one kind; a search for a doctor is a POST, because a name stands in no address."""
    return _list(request, staff, kind_of(slug))


def _list(request: HttpRequest, staff: Staff, words: KindWords) -> HttpResponse:
    is_of_people = words.kind is Kind.PRACTITIONER
    asked = request.POST if is_of_people and request.method == "POST" else request.GET
    text = "" if is_of_people and request.method != "POST" else (asked.get("q") or "").strip()[:_TEXT]
    number = _number(asked.get("page"))
    lines, total = directory.record_lines(words.kind, text=text, page=number)
    rows = [
        (
            Cell(line.name or "Без\u00a0названия", record_url(words.kind, line.id)),
            line.second,
            Cell(", ".join(LABELS[field].lower() for field in line.lacks), css="lacks") if line.lacks else "",
        )
        for line in lines
    ]
    context = {
        "kinds": [(each.many, reverse("desk:records", args=[each.slug]), each is words) for each in KINDS],
        "words": words,
        "action": reverse("desk:records", args=[words.slug]),
        "is_posted": is_of_people,
        "find_label": "Найти по\u00a0имени" if is_of_people else "Найти по\u00a0названию",
        "text": text,
        "rows": rows,
        "head": (words.one, words.second, "Чего не\u00a0хватает"),
        "total": total,
        "number": number,
        "last": max(1, -(-total // PAGE)),
        "new": new_record(words),
    }
    return page(request, staff, "records.html", context)


def _number(text: str | None) -> int:
    return min(whole(text) or 1, _PAGES)


@staff_page(Action.EDIT_DIRECTORY)
def missing(request: HttpRequest, staff: Staff) -> HttpResponse:
    groups = [
        (
            group.sentence,
            [_gap_row(line) for line in group.lines[:_GROUP]],
            max(0, len(group.lines) - _GROUP),
            len(group.lines),
        )
        for group in gap_groups(directory.missing())
    ]
    head = ("Запись", "Что это", "Заполнить")
    context = {"groups": groups, "head": head, "unknown": directory.unknown_line_count()}
    return page(request, staff, "missing.html", context)


def _gap_row(line: Missing) -> tuple[Cell, str, str]:
    kind = Kind(line.kind)
    address = record_url(kind, line.id, field=line.field)
    return Cell(line.name or "Без\u00a0названия", address), BY_KIND[kind].one, LABELS[line.field]


@staff_page(Action.EDIT_DIRECTORY, methods=("GET", "HEAD", "POST"))
def record(request: HttpRequest, staff: Staff, slug: str, target: UUID) -> HttpResponse:
    """Show one record; POST saves what differs from what the page showed, and comes back to it."""
    words = kind_of(slug)
    card = directory.record(words.kind, target=target)
    if request.method != "POST":
        return record_page(request, staff, card)
    changes = [
        change for item in card.fields if item.is_editable and (change := _change(card, item, request.POST))
    ]
    try:
        services.change_fields(changes, author=staff.login)
    except InvalidInputError as error:
        return record_page(request, staff, card, faults=error.fields)
    if any(change.field in _OF_BOOKING for change in changes):
        scheduling.rebuild_offers()
    return SeeOther(f"{record_url(words.kind, target)}?{urlencode({'saved': len(changes)})}")


def _change(card: RecordCard, item: FieldCard, sent: QueryDict) -> FieldChange | None:
    if f"back-{item.name}" in sent:
        return FieldChange(card.kind, card.id, item.name, None)
    raw = sent.get(item.name)
    if raw is None or _plain(raw) == _plain(sent.get(f"was-{item.name}", item.value)):
        return None
    return FieldChange(card.kind, card.id, item.name, read_value(item.name, raw.strip()))


def _plain(text: str) -> str:
    return "\n".join(" ".join(line.split()) for line in text.splitlines()).strip()


def read_value(field: str, text: str) -> str | int:
    """Return what was typed into a field as the directory takes it."""
    if field in {"minutes", "career_start"} and (number := whole(text)) is not None:
        return number
    return text.replace(",", ".") if field in {"latitude", "longitude"} else text


def record_page(
    request: HttpRequest,
    staff: Staff,
    card: RecordCard,
    *,
    faults: dict[str, str] | None = None,
    refused: Refused | None = None,
    file_fault: str = "",
) -> HttpResponse:
    """Render a record: `faults` of its fields, or one of the forms beside them as it was `refused`.

    `file_fault` is why a photograph or a map was not taken.
    """
    now = clock.now()
    names = _owners() if card.kind is Kind.LOCATION else {}
    sent = request.POST if faults is not None else None
    is_ours = any(each.mis == OWN_SCHEDULE for each in card.external_ids)
    inputs, fixed = [], []
    for item in card.fields:
        if item.is_editable:
            error = (faults or {}).get(FieldChange(card.kind, card.id, item.name, None).key, "")
            read = _input(item, names=names, sent=sent, error=error, now=now)
            # Of staff's own record nobody else says anything: an emptied field is taken back.
            inputs.append(replace(read, take_back="") if is_ours and not item.given else read)
        else:
            fixed.append((LABELS[item.name], _fixed(item, now=now), source_words(item, given="", now=now)))
    context = {
        "words": BY_KIND[card.kind],
        "list_url": reverse("desk:records", args=[BY_KIND[card.kind].slug]),
        "record": card,
        "record_url": record_url(card.kind, card.id),
        "inputs": inputs,
        "fixed": fixed,
        "ids": [
            (each.mis, each.value, _SHOWN[each.is_open])
            for each in card.external_ids
            if each.mis != OWN_SCHEDULE
        ],
        "ids_head": ("МИС", "Номер", "Сейчас"),
        "saved": request.GET.get("saved", ""),
        "has_faults": faults is not None,
        **own_record(card, refused),
        **profile_part(card, now=now, fault=file_fault),
        **map_part(card, now=now, fault=file_fault),
    }
    is_refused = faults or refused or file_fault
    return page(request, staff, "record.html", context, status=422 if is_refused else 200)


def _owners() -> dict[str, str]:
    return {str(pk): name or "Без\u00a0названия" for pk, name in directory.organizations().items()}


def _fixed(item: FieldCard, *, now: datetime) -> str:
    if item.name == "parent" and item.value:
        return directory.record(Kind.SERVICE, target=UUID(item.value)).name
    return shown_value(item.name, item.value, now=now)


def _input(
    item: FieldCard, *, names: dict[str, str], sent: QueryDict | None, error: str, now: datetime
) -> Input:
    given = names.get(item.given, item.given) if item.name == "organization" else item.given
    given = shown_value(item.name, given, now=now)
    is_phone = item.name == "phone"
    was = shown_value("phone", item.value, now=now) if is_phone else item.value
    value = was if sent is None else sent.get(item.name, was)
    options: tuple[tuple[str, str], ...] = ()
    if item.name == "zone":
        options = tuple(zone_options(chosen=item.value, now=now))
    elif item.name == "organization":
        options = tuple({item.value: "Закрытое юридическое лицо", **names}.items())
    take_back = ""
    if item.is_overlaid:
        take_back = "Вернуть по\u00a0умолчанию" if given and not item.given_by else "Вернуть как в\u00a0МИС"
        take_back += "" if given else ": там пусто"
    return Input(
        name=item.name,
        label=LABELS[item.name],
        value=value,
        was=was if sent is None else sent.get(f"was-{item.name}", was),
        source=source_words(item, given=given, now=now),
        hint=HINTS.get(item.name, ""),
        error=error,
        type=TYPES.get(item.name, "text"),
        mode=MODES.get(item.name, ""),
        rows=_ROWS.get(item.name, ""),
        options=options,
        take_back=take_back,
        is_taken_back=sent is not None and f"back-{item.name}" in sent,
    )
