"""Photographs of doctors: staff put one in its place or take it away, on the doctor's record."""

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
from feldsher.domain.directory.types.profile import PhotoFrame
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.kernel.errors import InvalidInputError

_CHOOSE = "Выберите файл."
_SAVED = "?saved=1"


@staff_page(Action.EDIT_PROFILES, methods=("POST",))
def save(request: HttpRequest, staff: Staff, target: UUID) -> HttpResponse:
    """Make the file that was sent the doctor's photograph, or say on the record why it can't be."""
    card = directory.record(Kind.PRACTITIONER, target=target)
    upload = request.FILES.get("photo")
    sent = request.POST.get("frame", "")
    frame = PhotoFrame(sent) if sent in set(PhotoFrame) else PhotoFrame.WHOLE
    if upload is None:
        return record_page(request, staff, card, file_fault=_CHOOSE)
    try:
        services.save_photo(target, content=upload.read(), frame=frame, author=staff.login)
    except InvalidInputError as error:
        return record_page(request, staff, card, file_fault=error.fields["photo"])
    return SeeOther(record_url(Kind.PRACTITIONER, target) + _SAVED)


@staff_page(Action.EDIT_PROFILES, methods=("GET", "HEAD", "POST"))
def remove(request: HttpRequest, staff: Staff, target: UUID) -> HttpResponse:
    """Ask whether the photograph shall go; POST takes it away."""
    card = directory.record(Kind.PRACTITIONER, target=target)
    address = record_url(Kind.PRACTITIONER, target)
    if request.method == "POST":
        services.remove_photo(target)
        return SeeOther(address + _SAVED)
    context = {
        "question": "Убрать фотографию?",
        "lines": [card.name],
        "warning": "На\u00a0сайте вместо неё встанет рисунок. Файл не\u00a0хранится: вернуть можно, "
        "только загрузив его снова.",
        "act": "Убрать фотографию",
        "action": reverse("desk:doctor-photo-remove", args=[target]),
        "danger": True,
        "back": address,
    }
    return page(request, staff, "confirm.html", context)
