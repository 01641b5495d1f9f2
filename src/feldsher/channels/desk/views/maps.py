"""«Карты»: bulk files of branches, and what has changed since the last one of each."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.map_files import map_file
from feldsher.channels.desk.pages import Cell, page
from feldsher.channels.desk.record_words import LABELS, shown_value
from feldsher.channels.desk.views.directory import record_url
from feldsher.channels.frontend.answers import private
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory import services
from feldsher.domain.directory.types import Kind
from feldsher.domain.directory.types.exports import BranchChange, ChangeKind, ExportTarget, LastExport
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock, formats
from feldsher.kernel.errors import NotFoundError

_TITLES = {ExportTarget.YANDEX: "Яндекс.Бизнес", ExportTarget.GOOGLE: "Google Business Profile"}
_KINDS = {
    ChangeKind.ADDED: "Новый филиал",
    ChangeKind.CHANGED: "Изменился",
    ChangeKind.CLOSED: "Закрыт: уберите карточку сами, файл этого не\u00a0сделает",
}
_HEAD = ("Филиал", "Что с\u00a0ним", "Что изменилось")
_EMPTY = "пусто"


@staff_page(Action.EXPORT_BRANCHES)
def show(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Show for each map what its next file will change."""
    parts = [
        {
            "code": target.value,
            "title": title,
            "caption": f"Что изменится: {title}",
            "last": _last(directory.last_export(target)),
            "rows": [_row(change) for change in directory.changes_since_export(target)],
            "url": reverse("desk:maps-file", args=[target.value]),
        }
        for target, title in _TITLES.items()
    ]
    context = {"parts": parts, "head": _HEAD, "has_branches": bool(directory.locations())}
    return page(request, staff, "maps.html", context)


@staff_page(Action.EXPORT_BRANCHES, methods=("POST",))
def download(request: HttpRequest, staff: Staff, name: str) -> HttpResponse:
    """Give the file of one map and remember what it said; NotFoundError for another name."""
    if name not in set(ExportTarget):
        raise NotFoundError("no such map")
    target = ExportTarget(name)
    cards = directory.locations()
    site = (settings.SITE_URL or request.build_absolute_uri("/")).rstrip("/")
    content = map_file(target, cards, brand=directory.brand().name, site=site)
    services.mark_exported(target, cards=cards, author=staff.login)
    answer = HttpResponse(content, content_type="text/csv; charset=utf-8")
    day = formats.local_day(clock.now(), formats.MOSCOW)
    answer.headers["Content-Disposition"] = f'attachment; filename="branches-{target.value}-{day}.csv"'
    return private(answer)


def _last(last: LastExport | None) -> str:
    if last is None:
        return "Файл ещё не\u00a0скачивали: в\u00a0нём будут все филиалы."
    today = formats.local_day(clock.now(), formats.MOSCOW)
    day = formats.day_month(formats.local_day(last.at, formats.MOSCOW), today=today)
    return f"Последний файл скачал {last.author}, {day}, {formats.clock(last.at, formats.MOSCOW)} МСК."


def _row(change: BranchChange) -> tuple[Cell, str, str]:
    fields = "; ".join(
        f"{LABELS[name].lower()}: {_value(name, was)} → {_value(name, is_now)}"
        for name, was, is_now in change.fields
    )
    address = record_url(Kind.LOCATION, change.location_id)
    return Cell(change.name or "Без\u00a0названия", address), _KINDS[change.kind], fields


def _value(name: str, value: str) -> str:
    return shown_value(name, value, now=clock.now()) or _EMPTY
