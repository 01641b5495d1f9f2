"""«Мои записи»: the visits of everybody behind the phone."""

from django.http import HttpRequest, HttpResponse, JsonResponse

from feldsher.channels.cabinet.gate import patient_page
from feldsher.channels.cabinet.kept import kept_visits
from feldsher.channels.cabinet.pages import page
from feldsher.channels.cabinet.present import board
from feldsher.channels.cabinet.views.session import ask_phone
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling import services
from feldsher.foundation.access.types import PhoneHolder
from feldsher.kernel.phone import mask_phone


@patient_page(otherwise=ask_phone)
def show(request: HttpRequest, holder: PhoneHolder) -> HttpResponse:
    behind = scheduling.behind(holder)
    found = [scheduling.own_visits(who, holder=holder) for who in behind]
    services.look_up_own(behind)
    context = {
        "board": board(found),
        "number": mask_phone(holder.phone),
        "mark": holder.session_id,
        "kept": kept_visits(found) if holder.is_kept else "",
    }
    return page(request, "home.html", context)


@patient_page(is_use=False)
def mark(request: HttpRequest, holder: PhoneHolder) -> HttpResponse:  # noqa: ARG001 - a view
    """Say whose session it is to a page that keeps visits on this device: it forgets those of another."""
    return JsonResponse({"mark": str(holder.session_id)})
