"""An estimate of a check-up in words, for the page and for paper alike, and the link to it.

The link holds what was chosen and the day on which it was counted, never a price: what a programme costs is
always today's, and a page that is opened by a link says whether that has changed since.
"""

from datetime import date
from urllib.parse import quote, urlencode

from feldsher.domain.checkups.types import Estimate, EstimateLine, PriceSource
from feldsher.domain.directory.types import LocationCard
from feldsher.kernel import formats
from feldsher.kernel.money import format_roubles


def terms(estimate: Estimate, *, place: LocationCard, who: str) -> str:
    """Return on which day and for whom it was counted, by whom it is done, and how long that price holds."""
    seller = place.legal.name or place.organization_name
    counted = [formats.day_year(estimate.day), who, place.name, seller]
    words = f"Расчёт на\u00a0{', '.join(part for part in counted if part)}."
    whole = estimate.whole
    if whole is None:
        return f"{words} Отдельной цены у\u00a0программы нет: это сумма цен прайс-листа."
    until = f", последний день\u00a0— перед {formats.day_year(whole.until)}" if whole.until else ""
    source = "её\u00a0назначила клиника" if whole.source is PriceSource.OWN else "она из\u00a0прайс-листа"
    return f"{words} Цена программы действует с\u00a0{formats.day_year(whole.since)}{until}, {source}."


def advantage(estimate: Estimate) -> str:
    """Return what the programme saves or costs over single prices; nothing where that is not known."""
    if not estimate.saving:
        return ""
    amount = format_roubles(abs(estimate.saving))
    if estimate.saving < 0:
        return f"По\u00a0отдельности дешевле на\u00a0{amount}: программа выгодна не\u00a0всем."
    return f"Программа дешевле отдельных услуг на\u00a0{amount}."


def unknown(estimate: Estimate) -> str:
    """Return which prices nobody has said; nothing where all are known."""
    names = [line.item.name for line in lines(estimate) if line.amount is None]
    return f"Цену уточняем: {', '.join(names)}." if names else ""


def lines(estimate: Estimate) -> tuple[EstimateLine, ...]:
    """Return all that the person gets, in order."""
    return (*estimate.mandatory, *estimate.chosen)


def total(estimate: Estimate) -> str:
    return format_roubles(estimate.total, is_from=estimate.is_total_from)


def change(now: Estimate, then: Estimate) -> str:
    """Return whether the sum has changed between two days of the same choice: today's contents by both."""
    day = formats.day_year(then.day)
    if then.refusal or then.total is None:
        return f"С\u00a0ценами на\u00a0{day} не\u00a0сравнить: не\u00a0все они известны."
    if total(now) == total(then):
        return f"По\u00a0ценам на\u00a0{day} было бы столько же."
    return f"По\u00a0ценам на\u00a0{day} сегодняшний состав стоил бы {total(then)}."


def shared(address: str, *, answers: list[tuple[str, str]], day: date) -> str:
    """Return the link to an estimate by the whole address of its programme."""
    return f"{address}?{urlencode([*answers, ('day', day.isoformat())])}"


def letter(name: str, link: str) -> str:
    """Return `mailto:` with a letter in which the link stands; to whom is written there (RFC 6068)."""
    body = f"{name}: что входит и сколько стоит.\r\n{link}\r\n"
    return f"mailto:?subject={quote(name, safe='')}&body={quote(body, safe='')}"
