"""A line of a price list, two thousand times a page: HTML made here, not by includes.

Whatever comes from outside is escaped by `escape`; the rest of the text is ours.
"""

from uuid import UUID

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString

from feldsher.channels.site.present import link
from feldsher.domain.directory.types.price_page import PriceLine, PriceSection
from feldsher.kernel.money import format_roubles

register = template.Library()
_ANY = UUID(int=0)
"""Stands for each service in an address that is made once."""


@register.simple_tag
def price_rows(section: PriceSection, branch: UUID) -> SafeString:
    """Return the rows of a section: a service (a link where the branch books it) and its price there."""
    url = escape(link("service-branch", _ANY, branch))
    return SafeString("".join(_row(line, url) for line in section.lines))


def _row(line: PriceLine, url: str) -> str:
    name: str = escape(line.name)
    if line.is_given:
        name = f'<a href="{url.replace(str(_ANY), str(line.service_id))}">{name}</a>'
    code = f"<small>{escape(line.code)}</small>" if line.code else ""
    return f'<tr><th scope="row">{name}{code}</th><td>{price_of(line)}</td></tr>\n'


def price_of(line: PriceLine) -> str:
    """Return `1 900 ₽`, `от 1 900 ₽` or `цена уточняется`, as HTML."""
    if line.amount is None:
        return "<i>цена уточняется</i>"
    return format_roubles(line.amount, is_from=line.is_from)
