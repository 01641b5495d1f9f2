"""«Сообщения»: what SMS about visits say, the clinic's own text in a usual one's place, and the price."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.pages import page
from feldsher.channels.desk.scopes import colleagues
from feldsher.channels.desk.zones import told
from feldsher.channels.frontend.answers import SeeOther
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling import services
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.foundation.messaging import selectors as messaging
from feldsher.foundation.messaging.types import Draft, TextCard
from feldsher.kernel.errors import InvalidInputError
from feldsher.kernel.formats import plural


@dataclass(frozen=True, slots=True)
class Row:
    """A kind of message in the list; `author` is empty for the usual text."""

    when: str
    shown: str
    size: str
    author: str
    url: str


@staff_page(Action.EDIT_MESSAGES)
def show(request: HttpRequest, staff: Staff) -> HttpResponse:
    """List every text that may be changed, as a patient reads it."""
    people, cards = colleagues(), messaging.texts()
    rows = [
        Row(
            when=card.when,
            shown=card.draft.shown,
            size=_size(card.draft),
            author=_author(card, people),
            url=reverse("desk:message", args=[card.kind]),
        )
        for card in cards
    ]
    has_price = cards[0].draft.cost is not None
    return page(request, staff, "messages.html", {"rows": rows, "has_price": has_price})


@staff_page(Action.EDIT_MESSAGES, methods=("GET", "HEAD", "POST"))
def edit(request: HttpRequest, staff: Staff, kind: str) -> HttpResponse:
    """Show the text of a kind, or as it would be with what was typed; keep that, or the usual one again."""
    card = messaging.text(kind)
    if request.method != "POST":
        return _form(request, staff, card, draft=card.draft)
    text, act = (request.POST.get("text") or "").strip(), request.POST.get("act")
    if act == "preview":
        return _form(
            request, staff, card, draft=messaging.draft(text), error=scheduling.text_faults(card.kind, text)
        )
    try:
        if act == "usual":
            services.return_usual_text(card.kind, staff=staff)
        else:
            services.change_text(card.kind, text=text, staff=staff)
    except InvalidInputError as error:
        return _form(request, staff, card, draft=messaging.draft(text), error=error.fields["text"])
    return SeeOther(reverse("desk:messages"))


def _form(
    request: HttpRequest, staff: Staff, card: TextCard, *, draft: Draft, error: str = ""
) -> HttpResponse:
    context = {
        "card": card,
        "typed": draft.text,
        "shown": draft.shown,
        "size": _size(draft),
        "error": error,
        "author": _author(card, colleagues()),
        "action": reverse("desk:message", args=[card.kind]),
    }
    return page(request, staff, "message.html", context, status=422 if error else 200)


def _author(card: TextCard, people: Mapping[str, str]) -> str:
    if card.changed_at is None:
        return ""
    return f"{people.get(card.author, card.author)}, {told(card.changed_at)}"


def _size(draft: Draft) -> str:
    """Return `3 части SMS, 9,60 ₽`; without the price where nobody has told it."""
    parts = f"{plural(draft.parts, 'часть', 'части', 'частей')} SMS"
    return parts if draft.cost is None else f"{parts}, {_roubles(draft.cost)}"


def _roubles(cost: Decimal) -> str:
    return f"{cost:.2f}\u00a0₽".replace(".", ",")
