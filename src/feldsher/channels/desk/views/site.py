"""«Сайт»: one form for the network's name, colour and logo, and the names and phones of its branches."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse

from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.pages import page
from feldsher.channels.desk.record_words import shown_value
from feldsher.channels.frontend import hue as colours
from feldsher.channels.frontend.answers import SeeOther
from feldsher.channels.frontend.queries import whole
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory import services
from feldsher.domain.directory.types import HUES, FieldChange, Kind
from feldsher.domain.directory.types.brand import BrandCard, BrandChange
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError

_WRONG_HUE = "Целое число от\u00a00 до\u00a0359, или оставьте поле пустым."
_SCHEMES = {"light": "светлой", "dark": "тёмной"}
_COLOURS = {
    "brand": "цвет ссылок",
    "brand-strong": "цвет ссылки под\u00a0курсором",
    "hero": "шапка главной",
    "ink": "текст",
    "ink-2": "второй текст",
    "on-brand": "надпись на\u00a0главной кнопке",
    "on-hero": "заголовок главной",
    "on-hero-2": "второй текст главной",
    "paper": "фон страницы",
    "raised": "фон меню",
    "sunken": "тихий фон",
    "tint": "фон свободного времени",
    "tint-ink": "свободное время",
}
_PREVIEWS = (("preview-light", "Светлая схема"), ("preview-dark", "Тёмная схема"))
_GROUNDS = {"brand": "главная кнопка", "brand-strong": "главная кнопка под\u00a0курсором"}


@dataclass(frozen=True, slots=True)
class Input:
    """A field of a branch or of a legal entity; `was` is what the page showed."""

    key: str
    label: str
    value: str
    was: str
    error: str
    type: str


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a field of the form lives in the directory."""

    kind: Kind
    target: UUID
    field: str
    value: str
    label: str

    @property
    def key(self) -> str:
        return FieldChange(self.kind, self.target, self.field, None).key


@staff_page(Action.EDIT_SITE, methods=("GET", "HEAD", "POST"))
def show(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Show the form; POST saves all of it or nothing, or with `act=preview` only shows the colour."""
    brand, groups = directory.brand(), _groups()
    if request.method != "POST":
        return _form(request, staff, brand, groups)
    sent = request.POST
    hue, fault = _hue(sent.get("hue") or "")
    if fault or sent.get("act") == "preview":
        return _form(request, staff, brand, groups, faults={"hue": fault} if fault else {})
    upload = request.FILES.get("logo")
    change = BrandChange(
        name=sent.get("name") or "",
        hue=hue,
        logo=upload.read() if upload is not None else None,
        is_logo_removed="no-logo" in sent,
    )
    fields = [
        FieldChange(place.kind, place.target, place.field, sent[place.key].strip())
        for _, places in groups
        for place in places
        if place.key in sent and sent[place.key].strip() != sent.get(f"was-{place.key}", place.value).strip()
    ]
    try:
        services.save_brand(change, fields=fields, author=staff.login)
    except InvalidInputError as error:
        return _form(request, staff, brand, groups, faults=error.fields)
    return SeeOther(reverse("desk:site") + "?saved=1")


@staff_page(Action.EDIT_SITE)
def preview(request: HttpRequest, staff: Staff) -> HttpResponse:  # noqa: ARG001 - a view
    """Answer the colours of `?hue=` as rules for the preview, so that a script only changes an address."""
    hue, _ = _hue(request.GET.get("hue") or "")
    return HttpResponse(colours.preview(hue), content_type="text/css; charset=utf-8")


def _hue(text: str) -> tuple[int | None, str]:
    """Return the hue (None for none or a wrong one) and what is wrong with it."""
    text = text.strip()
    if not text:
        return None, ""
    hue = whole(text)
    if hue is None or hue >= HUES:
        return None, _WRONG_HUE
    unreadable = colours.faults(hue)
    return hue, _unreadable(unreadable[0]) if unreadable else ""


def _unreadable(fault: colours.Fault) -> str:
    ground = _GROUNDS.get(fault.ground, _COLOURS[fault.ground])
    ratio = f"{int(fault.ratio * 10) / 10}".replace(".", ",")
    return (
        f"Этот цвет не\u00a0прочитать в\u00a0{_SCHEMES[fault.scheme]} схеме: {_COLOURS[fault.text]} "
        f"и\u00a0{ground}, контраст {ratio}, а\u00a0нужно 4,5. Выберите другой."
    )


def _groups() -> list[tuple[str, list[_Place]]]:
    """Return the directory's part of the form: legal entities, then branches."""
    now = clock.now()
    groups = []
    for target, name in directory.organizations().items():
        place = _Place(Kind.ORGANIZATION, target, "name", name, "Название юридического лица")
        groups.append((name or "Юридическое лицо без\u00a0названия", [place]))
    for card in directory.locations():
        phone = shown_value("phone", card.phone, now=now)
        places = [
            _Place(Kind.LOCATION, card.id, "name", card.name, "Название филиала"),
            _Place(Kind.LOCATION, card.id, "phone", phone, "Телефон филиала"),
        ]
        groups.append((card.name or "Филиал без\u00a0названия", places))
    return groups


def _form(
    request: HttpRequest,
    staff: Staff,
    brand: BrandCard,
    groups: list[tuple[str, list[_Place]]],
    *,
    faults: dict[str, str] | None = None,
) -> HttpResponse:
    sent = request.POST if faults is not None else None
    faults = faults or {}
    saved_hue = "" if brand.hue is None else str(brand.hue)
    hue = saved_hue if sent is None else sent.get("hue") or ""
    context = {
        "name": brand.name if sent is None else sent.get("name", ""),
        "hue": hue,
        "colours_url": reverse("desk:site-colours"),
        "colours": f"?hue={hue}" if _hue(hue)[0] is not None else "",
        "logo": reverse("site:logo", args=[brand.logo]) if brand.logo else "",
        "is_logo_removed": sent is not None and "no-logo" in sent,
        "had_file": bool(request.FILES) if sent is not None else False,
        "groups": [(title, [_input(place, sent, faults) for place in places]) for title, places in groups],
        "previews": _PREVIEWS,
        "faults": faults,
        "saved": request.GET.get("saved", ""),
    }
    return page(request, staff, "site_form.html", context, status=422 if faults else 200)


def _input(place: _Place, sent: QueryDict | None, faults: dict[str, str]) -> Input:
    return Input(
        key=place.key,
        label=place.label,
        value=place.value if sent is None else sent.get(place.key, place.value),
        was=place.value if sent is None else sent.get(f"was-{place.key}", place.value),
        error=faults.get(place.key, ""),
        type="tel" if place.field == "phone" else "text",
    )
