"""What the editor shows above a text: why its doctor gave it back, and what may not be advertised so."""

from typing import Any

from django.conf import settings
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from wagtail.admin.panels import Panel

from feldsher.domain.editorial import comparison, linting
from feldsher.domain.editorial.models import trust
from feldsher.domain.editorial.types import PageKind, VerdictKind
from feldsher.kernel.formats import local_day

_STOPS = "Так акцию нельзя опубликовать:"
_WARNS = "Если текст рекламирует услуги, так писать нельзя. Публиковать можно, решает врач или вы:"


class SaidPanel(Panel):
    """Remarks on a page as it was saved last; nothing where there are none."""

    class BoundPanel(Panel.BoundPanel):
        def is_shown(self) -> bool:
            return bool(self.instance.pk) and bool(notes(self.instance))

        def render_html(self, parent_context: Any = None) -> SafeString:  # noqa: ARG002 - Wagtail's signature
            lines = ((note,) for note in notes(self.instance))
            return format_html_join("", '<div class="help-block help-warning"><p>{}</p></div>', lines)


def notes(row: Any) -> list[str]:
    """Return what the author of a page has to know before the next word of its doctor: plain sentences."""
    found = []
    last = trust.Verdict.objects.filter(page_id=row.pk).exclude(kind=VerdictKind.TECHNICAL)
    word = last.order_by("-at").first() if row.page_kind.is_medical else None
    if word is not None and word.kind == VerdictKind.RETURNED:
        day = local_day(word.at, settings.FELDSHER_DEFAULT_ZONE or "Europe/Moscow")
        found.append(f"Врач вернул текст {day:%d.%m.%Y}: «{word.note}»")
    faults = linting.remarks(comparison.texts(row.serializable_data()))
    if faults:
        found.append(_STOPS if row.page_kind is PageKind.PROMOTION else _WARNS)
    return [*found, *(fault.sentence for fault in faults)]
