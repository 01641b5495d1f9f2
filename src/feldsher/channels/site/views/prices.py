"""The price list of a branch: a page that works as it stands, and the same as a file for a spreadsheet.

All of a list is one page, because people search it with the browser, print it and compare lines. Each branch
has its own, as the legal entity that sells may be another. The page costs a constant number of queries.
"""

import csv
import io
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from feldsher.channels.frontend.files import safe_cell
from feldsher.channels.frontend.queries import text_in, uuid_in
from feldsher.channels.site.page_cache import kept, rests_on
from feldsher.channels.site.pages import page
from feldsher.channels.site.present import link
from feldsher.channels.site.seo import Crumb, Seo
from feldsher.channels.site.views.errors import honest
from feldsher.channels.site.views.options import Option, place_of
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.types import LocationCard
from feldsher.domain.directory.types.price_page import PriceLine
from feldsher.kernel import clock, formats
from feldsher.kernel.errors import NotFoundError

_HEAD = ("Раздел", "Услуга", "Код", "Цена, руб.", "Примечание", "Действует с", "Действует по")
_QUERY = 80


def _place(request: HttpRequest, locations: tuple[LocationCard, ...]) -> LocationCard | None:
    """Return the branch that is asked for, the first one where none is; raises NotFoundError."""
    return place_of(locations, uuid_in(request.GET, "location")) or next(iter(locations), None)


@require_safe
@honest
@kept("doctor", "service", query="location")
def show(request: HttpRequest) -> HttpResponse:
    """Show a branch's prices by section, those that fit `q` alone where it is given."""
    locations = directory.locations()
    place = _place(request, locations)
    query = text_in(request.GET, "q", limit=_QUERY)
    context: dict[str, object] = {"query": query, "place": place}
    if place is not None:
        today = formats.local_day(clock.now(), place.zone or formats.MOSCOW)
        found = directory.price_page(place.id, day=today, text=query)
        rests_on("price:", f"price:{place.id}")
        chosen = place.id if "location" in request.GET else None
        context |= {
            "found": found,
            "count": sum(len(section.lines) for section in found.sections),
            "since": formats.day_year(found.since) if found.since else "",
            "today": formats.day_year(today),
            "all_url": link("prices", location=chosen),
            "seller": place.legal,
            "chosen": chosen,
            "csv_url": link("prices-csv", location=place.id),
            "branches": [
                Option(item.name, link("prices", location=item.id, q=query), is_selected=item == place)
                for item in locations
            ],
        }
    return page(
        request, "prices.html", context, locations=locations, place=place, seo=_seo(place, is_found=not query)
    )


def _seo(place: LocationCard | None, *, is_found: bool) -> Seo:
    """Return what the page says of itself; each branch's list is a page of its own, what was typed is not."""
    named = f", {place.where}" if place else ""
    path = reverse("site:prices")
    return Seo(
        title=f"Цены: {place.name}" if place else "Цены",
        description=f"Прайс-лист{named}: цены услуг по\u00a0разделам.",
        path=f"{path}?location={place.id}" if place else path,
        crumbs=(Crumb("Цены"),),
        is_indexed=is_found and place is not None,
    )


@require_safe
@honest
def download(request: HttpRequest) -> HttpResponse:
    """Answer a branch's whole list as CSV: UTF-8 with a mark, semicolons, decimal commas, no formulas."""
    place = _place(request, directory.locations())
    if place is None:
        raise NotFoundError("no branch")
    today = formats.local_day(clock.now(), place.zone or formats.MOSCOW)
    found = directory.price_page(place.id, day=today)
    file = io.StringIO()
    rows = csv.writer(file, delimiter=";")
    rows.writerow(_HEAD)
    for section in found.sections:
        for line in section.lines:
            rows.writerow([safe_cell(cell) for cell in _cells(section.name, line)])
    answer = HttpResponse("\ufeff" + file.getvalue(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="prices-{today.isoformat()}.csv"'
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def _cells(section: str, line: PriceLine) -> tuple[str, ...]:
    note = "цена уточняется" if line.amount is None else "от, зависит от врача" if line.is_from else ""
    since = line.since.isoformat() if line.since else ""
    until = line.until.isoformat() if line.until else ""
    return (section, line.name, line.code, _comma(line.amount), note, since, until)


def _comma(amount: Decimal | None) -> str:
    return f"{amount:.2f}".replace(".", ",") if amount is not None else ""
