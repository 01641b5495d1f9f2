"""An estimate of a check-up as a PDF file: today's prices for what the address chooses."""

from functools import lru_cache
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from feldsher.channels.frontend.templatetags.russian import phone
from feldsher.channels.site import estimates
from feldsher.channels.site.legal import legal_words
from feldsher.channels.site.pages import frame_of
from feldsher.channels.site.paper import Paper
from feldsher.channels.site.seo import origin_of
from feldsher.channels.site.views.checkups import Asked, asked_of, counted, left_out, shared_link
from feldsher.channels.site.views.errors import honest
from feldsher.domain.checkups.services import MOST_ITEMS
from feldsher.domain.checkups.types import Estimate, EstimateLine
from feldsher.domain.directory.types import LocationCard
from feldsher.kernel.money import format_roubles


@require_safe
@honest
def show(request: HttpRequest, slug: str) -> HttpResponse:
    """Answer the file; an address without an estimate leads to the page, which says what is missing.

    So does a programme of before the bound, with more services than a paper may have.
    """
    asked = asked_of(request.GET, slug)
    found = (
        counted(asked, asked.place, days=(asked.today,))[0] if asked.place and not asked.is_asking else None
    )
    if asked.place is None or found is None or found.refusal or len(estimates.lines(found)) > MOST_ITEMS:
        page = reverse("site:checkup", args=[slug])
        return HttpResponseRedirect(f"{page}?{urlencode(asked.answers)}")
    paper = _paper(asked, found, asked.place, link=shared_link(asked, origin=origin_of(request)))
    answer = HttpResponse(_drawn(paper), content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{slug}-{asked.today.isoformat()}.pdf"'
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


@lru_cache(maxsize=64)
def _drawn(paper: Paper) -> bytes:
    """Return the file, drawn once for a repeated question."""
    from feldsher.channels.site.sheet import draw  # noqa: PLC0415 - a third of a second for all, drawn by few

    return draw(paper)


def _paper(asked: Asked, found: Estimate, place: LocationCard, *, link: str) -> Paper:
    frame = frame_of(asked.locations, place=place)
    without = "; ".join(f"{name}: {why}" for name, why in left_out(found))
    notes = (
        estimates.advantage(found),
        estimates.unknown(found),
        f"Не\u00a0входит: {without}." if without else "",
        "Беременным эта программа не\u00a0подходит." if asked.card.not_for_pregnant else "",
        estimates.terms(found, place=place, who=asked.who),
    )
    return Paper(
        clinic=frame.brand,
        phone=phone(frame.phone),
        day=asked.today,
        title=asked.card.name,
        subtitle=place.where,
        lines=tuple(
            (_named(line, found), format_roubles(line.amount, is_from=line.is_from))
            for line in estimates.lines(found)
        ),
        sums=_sums(found),
        notes=tuple(note for note in notes if note),
        legal=tuple(words for words in (legal_words(place.legal),) if words),
        link=link,
    )


def _named(line: EstimateLine, found: Estimate) -> str:
    return f"{line.item.name} (по\u00a0выбору)" if line in found.chosen else line.item.name


def _sums(found: Estimate) -> tuple[tuple[str, str], ...]:
    whole = found.whole
    both = (
        (
            ("По\u00a0отдельности", format_roubles(found.singles, is_from=found.is_singles_from)),
            ("Цена программы", format_roubles(whole.amount, is_from=whole.is_from)),
        )
        if whole
        else ()
    )
    return (*both, ("Итого", estimates.total(found)))
