"""Invented pages of an invented clinic."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from feldsher.domain.directory.models import Practitioner
from feldsher.domain.editorial.comparison import digest
from feldsher.domain.editorial.models import MODELS, Content, Section
from feldsher.domain.editorial.services import approve
from feldsher.domain.editorial.types import PageKind
from feldsher.foundation.access import selectors, services
from feldsher.foundation.access.models import User
from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.types import Staff

TEXT = ({"type": "text", "value": "<p>Глаза устают от долгой работы вблизи.</p>"},)
DOSE = "<p>Капли закапывают по 2 капли 3 раза в день, не больше 10 дней.</p>"


def doctor(family: str = "Небывалова") -> UUID:
    """Write a doctor into the directory."""
    return Practitioner.objects.create(family=family, given="Анна", middle="Сергеевна").pk


def staff(login: str, *roles: Role, practitioner: UUID | None = None) -> Staff:
    """Hire somebody, who may be a doctor of the directory."""
    key = services.create_staff(login, password="feldsher-demo", name="Тестова И.", roles=roles).id
    User.objects.filter(pk=key).update(practitioner=practitioner)
    return Staff(key, login, "Тестова И.", frozenset(roles), practitioner_id=practitioner)


def draft(
    kind: PageKind = PageKind.NEWS,
    *,
    slug: str = "proba",
    title: str = "Проба",
    body: Iterable[dict[str, Any]] = TEXT,
    **values: Any,
) -> Content:
    """Write a page that nobody has published, with its first revision."""
    if kind is PageKind.PROMOTION:
        values = {"starts_on": date(2026, 11, 1), "ends_on": date(2099, 12, 31), **values}
    row = MODELS[kind](
        title=title, slug=slug, lead="Коротко о главном.", body=list(body), live=False, **values
    )
    Section.objects.get(slug=kind).add_child(instance=row)
    row.save_revision()
    return row


def published(kind: PageKind = PageKind.NEWS, **values: Any) -> Content:
    """Write a page and publish it, as its editor would; DomainError where the rules refuse."""
    row = draft(kind, **values)
    publish(row)
    return row


def reviewed(kind: PageKind = PageKind.CONDITION, *, slug: str = "proba") -> UUID:
    """Publish a medical page by the word of its doctor, who wrote it too; return the doctor."""
    key = doctor()
    who = staff(f"doctor-of-{slug}", Role.ATTENDING_DOCTOR, practitioner=key)
    row = draft(
        kind, slug=slug, body=[{"type": "text", "value": DOSE}], author=key, reviewer=key, is_ready=True
    )
    approve(who, page=row.pk, digest=read(row), months=12)
    return key


def read(row: Content) -> str:
    """Return what names the newest text of a page, as whoever reads it has it from its page."""
    row.refresh_from_db()
    return digest(row.latest_revision.content)


def publish(row: Content) -> None:
    row.save_revision().publish()
    row.refresh_from_db()


__all__ = [
    "DOSE",
    "TEXT",
    "doctor",
    "draft",
    "publish",
    "published",
    "read",
    "reviewed",
    "selectors",
    "staff",
]
