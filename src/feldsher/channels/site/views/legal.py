"""«Сведения о медицинской организации»: what the law wants on the site, by sections, for anybody."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from feldsher.channels.site.pages import page
from feldsher.channels.site.seo import Crumb, Seo
from feldsher.channels.site.views.errors import honest
from feldsher.domain.passport import selectors as passport
from feldsher.domain.passport.types import Line, Place, State

_PLACES = {
    Place.DOCTORS: ("site:doctors", "Все врачи"),
    Place.PRICES: ("site:prices", "Услуги и\u00a0цены"),
    Place.POLICY: ("site:policy", "Политика"),
    Place.LOOK: ("site:look", "Настройки"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """An item as a reader has it.

    `links` are legal entities with their pages; `link` with its words may be empty; `until` is the last day
    of a term.
    """

    key: str
    title: str
    facts: tuple[str, ...]
    links: tuple[tuple[str, str], ...]
    text: str
    link: str
    link_words: str
    until: str
    is_over: bool


@require_safe
@honest
def show(request: HttpRequest) -> HttpResponse:
    """Show what stands; an item that nobody has filled is left out, as nothing is known to say there."""
    sections: dict[str, list[Said]] = {}
    for line in passport.passport().lines:
        said = _said(line)
        if said is not None:
            sections.setdefault(passport.section_title(line.item.section), []).append(said)
    seo = Seo(
        title="Сведения о\u00a0медицинской организации",
        description="Реквизиты, лицензия, адреса, режим работы, платные услуги, права пациентов.",
        path=reverse("site:legal"),
        crumbs=(Crumb("Сведения о\u00a0медицинской организации"),),
    )
    return page(request, "legal.html", {"sections": sections.items()}, seo=seo)


def _said(line: Line) -> Said | None:
    answer = line.answer
    if not (line.facts or line.links) and (answer is None or answer.said.is_not_ours):
        return None
    said = answer.said if answer else None
    address, words = _PLACES[line.item.place] if line.item.place else ("", "")
    until = said.valid_until if said else None
    return Said(
        key=line.item.key,
        title=line.item.title,
        facts=line.facts,
        links=line.links,
        text=said.text if said else "",
        link=said.link if said else reverse(address) if address else "",
        link_words=words or "Открыть",
        until=f"{until:%d.%m.%Y}" if until else "",
        is_over=line.state is State.OVER,
    )
