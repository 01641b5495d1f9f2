"""The id of the request at work, for a page that somebody reads out to the clinic."""

from django import template

from feldsher.kernel.trace import trace_id

register = template.Library()


@register.simple_tag
def request_id() -> str:
    return trace_id()
