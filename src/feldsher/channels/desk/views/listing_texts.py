"""«Заголовки списков»: templates of the titles and headings of listing pages, ours or the clinic's own."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.pages import page
from feldsher.channels.frontend.answers import SeeOther
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory import services
from feldsher.domain.directory.types.listings import VARIABLES, ListingKind, ListingText, filled
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.kernel.errors import InvalidInputError

_TITLES = {
    ListingKind.SPECIALTY: "Специальность",
    ListingKind.SPECIALTY_CITY: "Специальность в\u00a0городе",
    ListingKind.SPECIALTY_BRANCH: "Специальность в\u00a0филиале",
    ListingKind.SPECIALTY_METRO: "Специальность у\u00a0метро",
    ListingKind.SERVICE_BRANCH: "Услуга в\u00a0филиале",
}
_EXAMPLES = {
    "specialty": "терапевт",
    "service": "УЗИ щитовидной железы",
    "city": "Москва",
    "in_city": "в\u00a0Москве",
    "metro": "Условная",
    "branch": "На Условной",
    "clinic": "Примерная клиника",
}


@dataclass(frozen=True, slots=True)
class Group:
    """The two templates of one kind of pages, what may stand in them, and how they read in an example."""

    key: str
    title: str
    words: str
    text: ListingText
    example: str
    faults: dict[str, str]


@staff_page(Action.EDIT_SITE, methods=("GET", "HEAD", "POST"))
def show(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Show the templates; POST saves all of them or nothing. An empty field brings ours back."""
    texts = directory.brand().texts
    faults: dict[str, str] = {}
    if request.method == "POST":
        texts = tuple(
            ListingText(
                text.kind,
                request.POST.get(f"{text.kind.value}-title", text.title),
                request.POST.get(f"{text.kind.value}-heading", text.heading),
            )
            for text in texts
        )
        try:
            services.save_listing_texts(texts, author=staff.login)
        except InvalidInputError as error:
            faults = error.fields
        else:
            return SeeOther(reverse("desk:listing-texts") + "?saved=1")
    context = {
        "groups": [_group(text, faults) for text in texts],
        "faults": faults,
        "saved": request.GET.get("saved", ""),
    }
    return page(request, staff, "listing_texts.html", context, status=422 if faults else 200)


def _group(text: ListingText, faults: dict[str, str]) -> Group:
    key = text.kind.value
    return Group(
        key=key,
        title=_TITLES[text.kind],
        words=", ".join(f"{{{name}}}" for name in VARIABLES[text.kind]),
        text=text,
        example=filled(text.heading, _EXAMPLES),
        faults={part: faults.get(f"{key}-{part}", "") for part in ("title", "heading")},
    )
