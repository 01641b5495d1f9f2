"""«Счётчики»: the clinic's numbers at outside counters, its codes for search engines, what readers chose."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.pages import page
from feldsher.channels.desk.scopes import colleagues
from feldsher.channels.desk.zones import told
from feldsher.channels.frontend.answers import SeeOther
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory import services
from feldsher.domain.directory.types.brand import Counters
from feldsher.domain.passport.selectors import CHOICE_DAYS, cookie_choices
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.kernel.errors import InvalidInputError

_NAMES = ("metrika", "mail_ru", "yandex_code", "google_code")


@staff_page(Action.EDIT_COUNTERS, methods=("GET", "HEAD", "POST"))
def show(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Show the form; POST saves all of it or nothing."""
    if request.method != "POST":
        return _form(request, staff, directory.brand().counters, {})
    sent = Counters(**{name: request.POST.get(name) or "" for name in _NAMES})
    try:
        services.save_counters(sent, staff=staff)
    except InvalidInputError as error:
        return _form(request, staff, sent, error.fields)
    return SeeOther(reverse("desk:counters") + "?saved=1")


def _form(request: HttpRequest, staff: Staff, typed: Counters, faults: dict[str, str]) -> HttpResponse:
    author, at = directory.counters_said()
    agreed, declined = cookie_choices()
    context = {
        "typed": typed,
        "faults": faults,
        "who": f"{colleagues().get(author, author)}, {told(at)}" if at else "",
        "days": CHOICE_DAYS,
        "agreed": agreed,
        "declined": declined,
        "saved": request.GET.get("saved", ""),
    }
    return page(request, staff, "counters.html", context, status=422 if faults else 200)
