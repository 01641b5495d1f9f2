"""Pictures of branches' maps: staff put one in its place or take it away, on the branch's record."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.pages import page
from feldsher.channels.desk.views.directory import record_page, record_url
from feldsher.channels.frontend.answers import SeeOther
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory import services
from feldsher.domain.directory.types import Kind
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.kernel.errors import InvalidInputError

_CHOOSE = "Выберите файл."
_SAVED = "?saved=1"


@staff_page(Action.EDIT_DIRECTORY, methods=("POST",))
def save(request: HttpRequest, staff: Staff, target: UUID) -> HttpResponse:
    """Make the file that was sent the picture of the branch's map, or say on the record why it can't be."""
    card = directory.record(Kind.LOCATION, target=target)
    upload = request.FILES.get("map")
    if upload is None:
        return record_page(request, staff, card, file_fault=_CHOOSE)
    try:
        services.save_branch_map(target, content=upload.read(), author=staff.login)
    except InvalidInputError as error:
        return record_page(request, staff, card, file_fault=error.fields["map"])
    return SeeOther(record_url(Kind.LOCATION, target) + _SAVED)


@staff_page(Action.EDIT_DIRECTORY, methods=("GET", "HEAD", "POST"))
def remove(request: HttpRequest, staff: Staff, target: UUID) -> HttpResponse:
    """Ask whether the picture shall go; POST takes it away."""
    card = directory.record(Kind.LOCATION, target=target)
    address = record_url(Kind.LOCATION, target)
    if request.method == "POST":
        services.remove_branch_map(target)
        return SeeOther(address + _SAVED)
    context = {
        "question": "Убрать карту?",
        "lines": [card.name],
        "warning": "На\u00a0сайте останется ссылка. Файл не\u00a0хранится: вернуть можно, только "
        "загрузив его снова.",
        "act": "Убрать карту",
        "action": reverse("desk:branch-map-remove", args=[target]),
        "danger": True,
        "back": address,
    }
    return page(request, staff, "confirm.html", context)
