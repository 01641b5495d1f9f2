"""The editor's forms: a publish that the rules refuse comes back with its sentence and all that was typed."""

from typing import Any
from uuid import UUID

from django import forms
from wagtail.admin.forms.pages import WagtailAdminPageForm

from feldsher.domain.directory import selectors as directory
from feldsher.domain.editorial import comparison
from feldsher.domain.editorial.models import publishing
from feldsher.kernel.errors import DomainError

_PUBLISHES = "action-publish"
MOST_DOCTORS = 500


class ContentForm(WagtailAdminPageForm):
    """Any page of content: its text is read by the rules before it is published."""

    def is_multipart(self) -> bool:
        """Send every form in parts: a long Russian text outgrows the limit of the other encoding."""
        return True

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        if _PUBLISHES in self.data and cleaned.get("body") is not None and not self.errors:
            try:
                self.require(self._saved(cleaned))
            except DomainError as error:
                self.add_error(None, error.message)
        return cleaned

    def require(self, saved: comparison.Saved) -> None:
        """Raise the DomainError for which the text may not be published."""
        publishing.require_lawful(self.instance.page_kind, saved=saved)

    def _saved(self, cleaned: dict[str, Any]) -> comparison.Saved:
        body = cleaned["body"]
        return {
            "title": cleaned.get("title", ""),
            "lead": cleaned.get("lead", ""),
            "body": body.stream_block.get_prep_value(body),
            "author": _text(cleaned.get("author")),
            "reviewer": _text(cleaned.get("reviewer")),
        }


class MedicalForm(ContentForm):
    """A text on health: who wrote it and who checks it are doctors of the clinic."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("author", "reviewer"):
            if name in self.fields:
                asked = self.fields[name]
                self.fields[name] = forms.TypedChoiceField(
                    label=asked.label,
                    required=asked.required,
                    choices=[("", "Не выбран"), *_doctors(self.initial.get(name))],
                    coerce=lambda value: UUID(str(value)),  # asked of what is chosen already, too
                    empty_value=None,
                )

    def defer_required_fields(self) -> None:
        """Let a draft lack what it may, but not one that is ready for its doctor."""
        if not self.data.get("is_ready"):
            super().defer_required_fields()

    def require(self, saved: comparison.Saved) -> None:
        super().require(saved)
        publishing.require_word(self.instance.pk, saved=saved)


class PromotionForm(ContentForm):
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        starts, ends = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts and ends and ends < starts:
            self.add_error("ends_on", "Последний день раньше первого. Поменяйте дни местами.")
        return cleaned


def _doctors(chosen: UUID | None) -> list[tuple[str, str]]:
    """Return open doctors by name, and the chosen one, though he has left."""
    cards = {card.id: card for card in directory.practitioners(limit=MOST_DOCTORS)[0]}
    if chosen is not None and chosen not in cards:
        cards |= directory.practitioner_cards([chosen])
    return [(str(card.id), f"{card.name}, {', '.join(card.specialties)}") for card in cards.values()]


def _text(value: object) -> str | None:
    return None if value is None else str(value)
