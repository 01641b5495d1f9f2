"""For companies: whose ДМС is taken, check-ups of staff, and a request with the page that says how far it is.

The request's secret leaves the address for a cookie of its page at once. No address names a company.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from feldsher.channels.frontend.answers import SeeOther, private
from feldsher.channels.frontend.exam_words import told_wish
from feldsher.channels.frontend.form_keys import idempotency_of
from feldsher.channels.frontend.queries import text_in, uuid_in
from feldsher.channels.site.forms import CompanyForm
from feldsher.channels.site.pages import page
from feldsher.channels.site.secret_page import SecretPage, bounded
from feldsher.channels.site.seo import Crumb, Seo
from feldsher.channels.site.views.errors import honest
from feldsher.channels.site.views.exams import address_of
from feldsher.domain.corporate import selectors, services
from feldsher.domain.corporate.types import Progress
from feldsher.domain.directory import selectors as directory
from feldsher.kernel import clock, formats
from feldsher.kernel.errors import InvalidInputError

PAGE = SecretPage("site:company-request", cookie="company", days=60)
_HEADINGS = {
    Progress.NEW: "Приняли заявку",
    Progress.WORKING: "Готовим ответ",
    Progress.ANSWERED: "Ответили на\u00a0заявку",
    Progress.CLOSED: "Заявка закрыта",
}


@require_safe
@honest
def show(request: HttpRequest) -> HttpResponse:
    """Say what the clinic does for companies and within which term it answers."""
    context = {"insurers": selectors.insurers(), "term": _term(selectors.reply_days())}
    seo = Seo(
        title="Компаниям",
        description="ДМС: чьи полисы принимаем. Профосмотры работников. Заявка и\u00a0срок ответа.",
        path=reverse("site:corporate"),
        crumbs=(Crumb("Компаниям"),),
    )
    return page(request, "corporate.html", context, seo=seo)


@require_http_methods(["GET", "HEAD", "POST"])
@honest
def ask(request: HttpRequest) -> HttpResponse:
    """Take a company's request with what it has counted, if anything, and lead to its page."""
    asked = request.POST if request.method == "POST" else request.GET
    line = text_in(asked, "set", limit=selectors.LINE_LIMIT)
    counted, lost = told_wish(line)
    locations, wanted = directory.locations(), uuid_in(asked, "location") if line else None
    place = next((each for each in locations if each.id == wanted), None)
    form, status = CompanyForm(), 200
    if request.method == "POST":
        form, status = CompanyForm(request.POST), InvalidInputError.status
        if form.is_valid():
            sent = idempotency_of(request, route="site company", caller="")
            typed = replace(
                form.typed(),
                exams=line if counted else "",
                exams_words="\n".join(counted),
                location_id=place.id if place else None,
                shown_at=_shown_at(request.POST),
            )
            try:
                kept = services.ask(typed, once=sha256(sent.key + sent.body).digest())
            except InvalidInputError as error:
                form.blame(error.fields)
            else:
                return private(SeeOther(reverse("site:company-enter", args=[kept.id, kept.token])))
    context = {
        "form": form,
        "term": _term(selectors.reply_days()),
        "line": line if counted else "",
        "counted": counted,
        "lost": lost,
        "place": place,
        "shown_at": (_shown_at(request.POST) or clock.now()).isoformat(),
        "exams_url": address_of(line if counted else "", place),
    }
    return private(page(request, "company_ask.html", context, locations=locations, status=status))


def _shown_at(data: Mapping[str, str]) -> datetime | None:
    """Return when the form was shown, as it says itself; None where it says nothing of the kind."""
    try:
        found = datetime.fromisoformat((data.get("shown") or "")[:40])
    except ValueError:
        return None
    return found if found.tzinfo else None


@require_safe
@honest
def enter(request: HttpRequest, request_id: UUID, token: str) -> HttpResponse:  # noqa: ARG001 - a view
    """Move the secret from the address to a cookie. A wrong one changes nothing."""
    selectors.request_status(request_id, token=bounded(token))
    return PAGE.entered(request_id, token)


@require_safe
@honest
def status(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Show how far the request is; nothing of who asked is on the page."""
    token = PAGE.secret_of(request)
    found = selectors.request_status(request_id, token=token)
    now = clock.now()
    link = reverse("site:company-enter", args=[request_id, token])
    context = {
        "heading": _HEADINGS[found.progress],
        "is_open": found.done_at is None,
        "is_answered": found.progress is Progress.ANSWERED,
        "is_late": found.done_at is None and found.reply_by < now,
        "promise": formats.promise(found.reply_by, zone=formats.MOSCOW, now=now),
        "asked": formats.day_year(formats.local_day(found.created_at, formats.MOSCOW)),
        "done": formats.day_year(formats.local_day(found.done_at, formats.MOSCOW)) if found.done_at else "",
        "link": request.build_absolute_uri(link),
    }
    return private(page(request, "company_request.html", context))


def _term(days: int) -> str:
    """Return «за 1 рабочий день»."""
    words = formats.plural(days, "рабочий день", "рабочих дня", "рабочих дней")
    return f"за\u00a0{words}"
