"""The column of a day in the list of doctors, eighty times a page: HTML made here, not by includes.

Whatever comes from outside is escaped by `escape`; the rest of the text is ours.
"""

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString

from feldsher.channels.site.columns import Column, DoctorRow

register = template.Library()


@register.simple_tag
def day_column(row: DoctorRow, column: Column) -> SafeString:
    """Return one day of one doctor: the head that a phone shows, its chips and what they leave out."""
    badge = f' <span class="badge badge-zone narrow">{escape(row.badge)}</span>' if row.badge else ""
    times = _chips(row, column) if column.chips else '<p class="day-no">нет времени</p>'
    order = f"day-{column.order}" if column.order else "day-none"
    return SafeString(
        f'<div class="day-col {order}"><p class="times-head"><span>{escape(column.day)}{badge}</span>'
        f' <b class="price">{escape(row.price)}</b></p>{times}</div>'
    )


def _chips(row: DoctorRow, column: Column) -> str:
    last = len(column.chips) - 1 if column.more else -1
    chips = "".join(
        f'<button class="chip{" chip-third" if at == last else ""}" form="hold" name="slot"'
        f' value="{escape(chip.token)}" aria-label="{escape(chip.label)}">{escape(chip.time)}</button>'
        for at, chip in enumerate(column.chips)
    )
    return f'<div class="chips">{chips}{_more(row, column) if column.more_wide else ""}</div>'


def _more(row: DoctorRow, column: Column) -> str:
    narrow = f'<span class="narrow">{column.more}</span>' if column.more else ""
    return (
        f'<a class="chip chip-more{"" if column.more else " wide"}" href="{escape(column.more_url)}">Ещё '
        f'{narrow}<span class="wide">{column.more_wide}</span><span class="visually-hidden">:'
        f" {escape(row.card.name)}, {escape(column.day)}</span></a>"
    )
