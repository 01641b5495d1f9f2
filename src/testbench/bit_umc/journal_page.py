"""The journal of visits as a registrar sees it: a page for people, in Russian, without scripts."""

from collections.abc import Iterable
from datetime import date, timedelta
from html import escape
from urllib.parse import parse_qs

from testbench.bit_umc.base import InformationBase
from testbench.bit_umc.model import Clinic, Document

STYLE = """
body { font: 16px/1.4 system-ui, sans-serif; margin: 1.5rem auto; max-width: 64rem; padding: 0 1rem;
color: #1d2433 }
h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin-top: 2rem }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .35rem .6rem;
border-bottom: 1px solid #d8dde6; vertical-align: top } th { font-weight: 600; color: #566078 }
td:first-child { white-space: nowrap }
nav a { display: inline-block; margin: 0 .6rem .4rem 0 } .now { font-weight: 700 }
.cancelled td { color: #8a92a3; text-decoration: line-through } .site { background: #eef6ff }
.note { color: #566078 }
"""
SOURCES = {"site": "сайт", "clerk": "регистратура", "demo": "раньше"}
NEWEST = 10


def asked_day(query: str) -> str:
    return parse_qs(query).get("date", [""])[0]


def render(base: InformationBase, day_text: str) -> str:
    """Return the page of one local day; an unreadable day reads as today."""
    today = base.now().astimezone(base.network.clinics[0].zone).date()
    try:
        day = date.fromisoformat(day_text) if day_text else today
    except ValueError:
        day = today
    documents = [document for document in base.documents() if document.kind == "visit"]
    fresh = sorted(
        (document for document in documents if document.source == "site"),
        key=lambda document: document.written_at,
        reverse=True,
    )[:NEWEST]
    parts = [_head(), '<p class="note">Здесь видно, что хранит сама МИС. Все люди выдуманы.</p>']
    parts.append("<h2>Последние записи с сайта</h2>")
    parts.append(_table(base, fresh, dated=True) if fresh else '<p class="note">Пока ни одной.</p>')
    parts.append(_days(today, day))
    for clinic in base.network.clinics:
        here = [document for document in documents if _is_on(document, clinic, day)]
        parts.append(f"<h2>{escape(clinic.name)}, {day:%d.%m.%Y}</h2>")
        here.sort(key=lambda document: (document.start, document.uid))
        parts.append(_table(base, here, dated=False) if here else '<p class="note">Записей нет.</p>')
    return "\n".join((*parts, "</body></html>"))


def _head() -> str:
    return (
        '<!doctype html><html lang="ru"><head><meta charset="utf-8"><title>Журнал записи — 1С БИТ.УМЦ</title>'
        '<meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="10">'
        '<link rel="stylesheet" href="/journal.css"></head><body>'
        "<h1>1С БИТ.УМЦ (имитатор): журнал записи</h1>"
    )


def _days(today: date, shown: date) -> str:
    links = []
    for offset in range(-1, 14):
        day = today + timedelta(days=offset)
        name = "сегодня" if day == today else f"{day:%d.%m}"
        mark = ' class="now"' if day == shown else ""
        links.append(f'<a{mark} href="/?date={day.isoformat()}">{name}</a>')
    return f"<nav>{''.join(links)}</nav>"


def _is_on(document: Document, clinic: Clinic, day: date) -> bool:
    return document.clinic == clinic.uid and document.start.astimezone(clinic.zone).date() == day


def _table(base: InformationBase, documents: Iterable[Document], *, dated: bool) -> str:
    head = (
        "<table><thead><tr><th>Время</th><th>Врач</th><th>Пациент</th><th>Телефон</th>"
        "<th>Состояние</th><th>Откуда</th></tr></thead><tbody>"
    )
    rows = [head]
    for document in documents:
        zone = base.clinic(document.clinic).zone
        start, end = document.start.astimezone(zone), document.end.astimezone(zone)
        when = f"{start:%d.%m.%Y %H:%M}–{end:%H:%M}" if dated else f"{start:%H:%M}–{end:%H:%M}"
        cells = (
            when,
            base.employee(document.employee).full_name,
            document.person.full_name or "—",
            document.person.phone or "—",
            base.status_of(document)[1],
            SOURCES[document.source],
        )
        kind = "cancelled" if document.state == "cancelled" else document.source
        rows.append(f'<tr class="{kind}">' + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>")
    return "\n".join((*rows, "</tbody></table>"))
