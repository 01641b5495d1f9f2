"""The texts that a person agrees to, and the sign of life for the supervisor."""

from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from feldsher.channels.frontend.queries import uuid_in
from feldsher.channels.site.pages import page
from feldsher.channels.site.views.errors import honest
from feldsher.domain.directory import selectors as directory
from feldsher.domain.patients.selectors import current_consent_text
from feldsher.domain.patients.types import Purpose

_FOR = {each.value: each for each in (Purpose.COMPANY, Purpose.CATALOGUE)}
_PERSONAL = "Согласие на обработку персональных данных"


def _text(request: HttpRequest, purpose: Purpose, title: str) -> HttpResponse:
    """Show a published text with the legal entities named: of the asked branch, else of all."""
    locations = directory.locations()
    asked = uuid_in(request.GET, "location")
    operators = [place.organization_name for place in locations if asked in {None, place.id}]
    names = ", ".join(dict.fromkeys(name for name in operators if name))
    text = current_consent_text(purpose)
    context = {"title": title, "body": text.for_operator(names), "version": text.version}
    return page(request, "text.html", context, locations=locations)


@require_safe
@honest
def policy(request: HttpRequest) -> HttpResponse:
    return _text(request, Purpose.POLICY, "Политика обработки персональных данных")


@require_safe
@honest
def consent(request: HttpRequest) -> HttpResponse:
    """Show the text for a booking, or what `for` names: for a company's contact, or to tell a catalogue."""
    purpose = _FOR.get(request.GET.get("for", ""), Purpose.BOOKING)
    title = "Согласие на\u00a0сообщение каталогу" if purpose is Purpose.CATALOGUE else _PERSONAL
    return _text(request, purpose, title)


@require_safe
@honest
def review(request: HttpRequest) -> HttpResponse:
    return _text(request, Purpose.REVIEW, "Согласие на публикацию отзыва")


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view
    """Answer `ok` when the database answers, 503 when it does not."""
    body, status = "ok", 200
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except OperationalError:
        body, status = "the database does not answer", 503
    response = HttpResponse(body, status=status, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response
