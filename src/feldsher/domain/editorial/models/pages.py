"""Pages of editors, kept by Wagtail: drafts, revisions, a tree of three floors (home, list of a kind, page).

Every kind has its one list, made by a migration; its name is the first part of the address. What may be
published is the word of `publishing`, whoever asks.
"""

from datetime import date
from typing import Any, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.db.models.signals import post_delete
from wagtail.fields import StreamField
from wagtail.models import Page, PagePermissionTester

from feldsher.domain.editorial import comparison, gateways
from feldsher.domain.editorial.blocks import Body
from feldsher.domain.editorial.models import indexing, menus, publishing, shown, trust
from feldsher.domain.editorial.models.forms import ContentForm, MedicalForm, PromotionForm
from feldsher.domain.editorial.models.panels import SaidPanel
from feldsher.domain.editorial.types import PageKind
from feldsher.foundation.privacy.data_class import DataClass


class Rights(PagePermissionTester):
    """What the editor offers for a page: the tree's upper floors stay, and nothing is copied or moved.

    A copy would be published with what was approved for another page; a page of another list would be of
    another kind.
    """

    def can_delete(self, *, ignore_bulk: bool = False) -> bool:
        return isinstance(self.page.specific, Content) and bool(super().can_delete(ignore_bulk=ignore_bulk))

    def can_unpublish(self) -> bool:
        return isinstance(self.page.specific, Content) and bool(super().can_unpublish())

    def can_edit(self) -> bool:
        return not isinstance(self.page.specific, Home) and bool(super().can_edit())

    def can_copy(self) -> bool:
        return False

    def can_move(self) -> bool:
        return False

    def can_set_view_restrictions(self) -> bool:
        return False

    def can_lock(self) -> bool:
        return False

    def can_reorder_children(self) -> bool:
        return False


class Ours(Page):
    """What all our pages share."""

    show_in_menus_default = False

    class Meta:
        abstract = True

    def permissions_for_user(self, user: Any) -> Rights:
        return Rights(user, self)

    def get_url_parts(self, request: Any = None) -> tuple[int, str, str] | None:  # noqa: ARG002 - Wagtail's signature
        return (0, settings.SITE_URL.rstrip("/"), self.address)

    def get_url(self, request: Any = None, current_site: Any = None) -> str:  # noqa: ARG002 - as above
        return self.address

    @property
    def address(self) -> str:
        return "/"


class Home(Ours):
    """The root of the tree; the site's home is drawn from the directory, not from here."""

    data_class = DataClass.PUBLIC

    parent_page_types: ClassVar[list[str]] = []
    subpage_types: ClassVar[list[str]] = []
    preview_modes: ClassVar[list[tuple[str, str]]] = []

    class Meta:
        verbose_name = "Материалы сайта"


class Section(Ours):
    """The list of one kind of pages; its slug is the kind."""

    data_class = DataClass.PUBLIC

    lead = models.TextField("Вступление", blank=True, default="", max_length=500)

    parent_page_types: ClassVar[list[str]] = []
    content_panels: ClassVar[list[Any]] = [*Page.content_panels, "lead"]
    promote_panels: ClassVar[list[Any]] = []
    settings_panels: ClassVar[list[Any]] = []
    preview_modes: ClassVar[list[tuple[str, str]]] = []  # the site draws it from what is published

    class Meta:
        verbose_name = "Раздел"

    @property
    def address(self) -> str:
        return f"/{self.slug}/"

    @property
    def kind(self) -> PageKind:
        return PageKind(self.slug)


class Content(Ours):
    """A page with a text; a subclass says its kind."""

    page_kind: ClassVar[PageKind]

    lead = models.TextField(
        "Вступление", max_length=500, help_text="Два–три предложения: стоит в списке и в начале страницы"
    )
    body = StreamField(Body(), verbose_name="Текст", use_json_field=True)

    parent_page_types: ClassVar[list[str]] = ["editorial.Section"]
    subpage_types: ClassVar[list[str]] = []
    content_panels: ClassVar[list[Any]] = [SaidPanel(), *Page.content_panels, "lead", "body"]
    promote_panels: ClassVar[list[Any]] = ["slug"]  # robots are told the title and the lead: as approved
    base_form_class = ContentForm

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> Any:
        """Save the row; where it goes live with another revision than before, only if the rules let it.

        Each way to publish ends here: the editor's own does not call `publish`. DomainError says why not.
        """
        before = type(self).objects.filter(pk=self.pk).values("live", "live_revision", "slug").first()
        was = before["live_revision"] if before and before["live"] else None
        with transaction.atomic():
            written = kwargs.get("update_fields")
            is_whole = written is None or bool({"live", "live_revision"} & set(written))
            if is_whole and self.live and (self.live_revision_id is None or self.live_revision_id != was):
                publishing.require_publishable(self, revision=self.live_revision)
                shown.prepare_pictures(self)
            saved = super().save(*args, **kwargs)
            if is_whole and self.live:
                publishing.note_address(self, before=before["slug"] if was and before else None)
            if is_whole:
                indexing.follow(self)
                menus.follow(self)
        return saved

    def serve_preview(self, request: Any, mode_name: str) -> Any:  # noqa: ARG002 - Wagtail's signature
        return gateways.renderer().draft(request, shown.page(self))

    @classmethod
    def can_create_at(cls, parent: Any) -> bool:
        return bool(super().can_create_at(parent)) and parent.slug == cls.page_kind

    @property
    def address(self) -> str:
        return f"/{self.page_kind}/{self.slug}/"


class Medical(Content):
    """A text on health: by whom, and who has to approve it. What was approved stands in Verdict."""

    author = models.UUIDField("Автор", null=True)
    reviewer = models.UUIDField("Врач, который проверяет", null=True)
    is_ready = models.BooleanField(
        "Готово к\u00a0проверке", default=False, help_text="Черновик встанет в\u00a0список врача"
    )
    is_taken_down = models.BooleanField(
        "Снять с\u00a0публикации, когда пройдёт срок проверки", default=False, blank=True
    )

    base_form_class = MedicalForm
    content_panels: ClassVar[list[Any]] = [
        *Content.content_panels,
        "author",
        "reviewer",
        "is_ready",
        "is_taken_down",
    ]

    class Meta:
        abstract = True

    def save_revision(self, *args: Any, **kwargs: Any) -> Any:
        """Write a revision, and what its doctor's list has to know of it.

        It is always a new one: whoever reads or has approved an older one keeps the text that was read.
        """
        kwargs["overwrite_revision"] = None
        with transaction.atomic():
            revision = super().save_revision(*args, **kwargs)
            saved = revision.content
            values = {
                "reviewer": saved["reviewer"],
                "is_ready": saved["is_ready"],
                "digest": comparison.digest(saved),
            }
            trust.Draft.objects.update_or_create(page_id=self.pk, defaults=values)
        return revision


class Article(Medical):
    data_class = DataClass.PUBLIC
    page_kind = PageKind.ARTICLE

    class Meta:
        verbose_name = "Статья"


class Condition(Medical):
    data_class = DataClass.PUBLIC
    page_kind = PageKind.CONDITION

    class Meta:
        verbose_name = "Заболевание"


class Promotion(Content):
    """An offer of so many days; `ends_on` is its last one."""

    data_class = DataClass.PUBLIC
    page_kind = PageKind.PROMOTION

    starts_on = models.DateField("Первый день")
    ends_on = models.DateField("Последний день")

    base_form_class = PromotionForm
    content_panels: ClassVar[list[Any]] = [*Content.content_panels, "starts_on", "ends_on"]

    class Meta:
        verbose_name = "Акция"

    def is_over(self, today: date) -> bool:
        return self.ends_on < today


class News(Content):
    data_class = DataClass.PUBLIC
    page_kind = PageKind.NEWS

    class Meta:
        verbose_name = "Новость"


class Landing(Content):
    data_class = DataClass.PUBLIC
    page_kind = PageKind.LANDING

    class Meta:
        verbose_name = "Страница о\u00a0клинике"


class Legal(Content):
    data_class = DataClass.PUBLIC
    page_kind = PageKind.LEGAL

    class Meta:
        verbose_name = "Документ"


MODELS: dict[PageKind, type[Content]] = {
    model.page_kind: model for model in (Article, Condition, Promotion, News, Landing, Legal)
}


def _deleted(instance: Content, **_: Any) -> None:
    """Forget a page in the transaction that deletes it: Wagtail does not pass the model's own `delete`."""
    indexing.forget(instance)
    menus.follow(instance, is_deleted=True)


for _model in MODELS.values():
    post_delete.connect(_deleted, sender=_model)
