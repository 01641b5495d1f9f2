"""«Перенаправления»: old addresses that lead to pages of this site, added by lines or by a file."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.pages import page
from feldsher.channels.frontend.answers import SeeOther
from feldsher.domain.editorial import selectors, services
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.kernel.errors import InvalidInputError

_MOST_BYTES = 65_536
_ENCODINGS = ("utf-8-sig", "cp1251")
_UNREADABLE = "Файл не\u00a0прочитать. Сохраните таблицу как CSV (UTF-8), до\u00a064\u00a0КБ."


@staff_page(Action.EDIT_PAGES, methods=("GET", "HEAD", "POST"))
def show(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Show the redirects and the form; POST adds all its lines or none."""
    typed, fault = request.POST.get("lines") or "", ""
    if request.method == "POST":
        try:
            services.add_redirects(_sent(request) or typed, staff=staff)
        except InvalidInputError as error:
            fault = error.fields["lines"]
        else:
            return SeeOther(reverse("desk:redirects") + "?saved=1")
    context = {
        "lines": selectors.redirects(staff),
        "typed": typed,
        "fault": fault,
        "saved": request.GET.get("saved", ""),
    }
    return page(request, staff, "redirects.html", context, status=422 if fault else 200)


@staff_page(Action.EDIT_PAGES, methods=("POST",))
def remove(request: HttpRequest, staff: Staff, redirect: UUID) -> HttpResponse:  # noqa: ARG001 - a view
    """Remove a redirect."""
    services.remove_redirect(redirect, staff=staff)
    return SeeOther(reverse("desk:redirects"))


def _sent(request: HttpRequest) -> str:
    """Return the text of the file, empty without one. InvalidInputError for what is no table's text."""
    file = request.FILES.get("file")
    if file is None:
        return ""
    content = file.read()
    for encoding in _ENCODINGS if len(content) <= _MOST_BYTES else ():
        try:
            return str(content.decode(encoding))
        except UnicodeDecodeError:
            continue
    raise InvalidInputError("no text of a table", fields={"lines": _UNREADABLE})
