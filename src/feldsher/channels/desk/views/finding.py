"""«Найти пациента»: visits to come by phone, family name or birth date. No person stands in an address."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.pages import page
from feldsher.channels.desk.scopes import Scope, names_of
from feldsher.channels.desk.states import STATES
from feldsher.channels.desk.visit_rows import instant
from feldsher.channels.frontend.queries import text_in
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling.types import FoundVisit
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.kernel.errors import InvalidInputError


@dataclass(frozen=True, slots=True)
class Row:
    """A visit in words; `url` is its page."""

    url: str
    when: str
    who: str
    second: str


@staff_page(Action.FIND_VISITS, methods=("GET", "HEAD", "POST"))
def show(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Ask whom to find; POST answers on the same page."""
    typed = {name: text_in(request.POST, name) for name in ("text", "birth_date")}
    context: dict[str, object] = {"typed": typed, "errors": {}}
    if request.method != "POST":
        return page(request, staff, "find.html", context)
    try:
        found = scheduling.find_visits(staff, text=typed["text"], birth_date=typed["birth_date"])
    except InvalidInputError as error:
        return page(request, staff, "find.html", context | {"errors": error.fields}, status=422)
    names = names_of(
        Scope(each.visit.practitioner_id, each.visit.service_id, each.location_id) for each in found.visits
    )
    rows = [
        Row(
            reverse("desk:grid-visit", args=[each.visit.id]),
            instant(each.visit.start, each.zone),
            _who(each),
            f"{names.doctor(each.visit.practitioner_id)}, {names.place(each.location_id)} · "
            f"{STATES[each.visit.state]}",
        )
        for each in found.visits
    ]
    return page(
        request, staff, "find.html", context | {"is_answer": True, "found": rows, "is_whole": found.is_whole}
    )


def _who(found: FoundVisit) -> str:
    """Return `Пробный Пётр, 17.05.1990, +7 900 000-00-01`."""
    born = f"{found.birth_date:%d.%m.%Y}" if found.birth_date else ""
    return ", ".join(part for part in (found.visit.name, born, found.visit.phone) if part)
