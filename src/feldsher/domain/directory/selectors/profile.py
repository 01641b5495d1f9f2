"""What a clinic publishes of a doctor, and the files of photographs."""

import re
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from feldsher.domain.directory.models import PhotoRendition, Practitioner, PractitionerPhoto
from feldsher.domain.directory.profile import read_certificates, read_education
from feldsher.domain.directory.types import Kind, Missing
from feldsher.domain.directory.types.profile import PhotoFile, PhotoType, Profile
from feldsher.kernel import clock, formats
from feldsher.kernel.errors import NotFoundError

ADDRESS: Final = 24
"""Hexadecimal digits of the digest that stand in a photograph's address."""
_NAME: Final = re.compile(rf"([0-9a-f]{{{ADDRESS}}})-([0-9]{{2,4}})\.(avif|webp|jpeg)")
COLUMNS: Final = ("about", "career_start", "degree", "rank", "category", "education", "certificates")
"""Columns of a doctor's row that `profile_of` takes."""
EXPIRED: Final = "certificates_expired"
"""Stands among what a doctor lacks: a certificate whose term is over."""


def profile(practitioner: UUID) -> Profile:
    """Return a doctor's profile; NotFoundError. One query."""
    row = Practitioner.objects.filter(id=practitioner).values(*COLUMNS).first()
    if row is None:
        raise NotFoundError("no such practitioner")
    return profile_of(**row)


def profile_of(*, education: str, certificates: str, **plain: str) -> Profile:
    """Return the profile that columns of a doctor's row say."""
    return Profile(
        **plain,  # type: ignore[arg-type] # the columns of `COLUMNS`, each of the field's type
        education=read_education(education),
        certificates=read_certificates(certificates),
    )


def photo(name: str) -> PhotoFile:
    """Return a rendition by its file's name; NotFoundError for any but those of present photographs."""
    match = _NAME.fullmatch(name)
    row = (
        match
        and PhotoRendition.objects.filter(
            photo__digest__startswith=match[1], width=int(match[2]), type=match[3]
        ).first()
    )
    if not row:
        raise NotFoundError("no such photograph")
    return PhotoFile(bytes(row.content), PhotoType(row.type))


def photo_source(practitioner: UUID) -> tuple[str, datetime] | None:
    """Return the login of who put the doctor's photograph there and when; None where there is none."""
    rows = PractitionerPhoto.objects.filter(practitioner=practitioner)
    return rows.values_list("author", "updated_at").first()


def profile_gaps(found: QuerySet[Practitioner]) -> list[Missing]:
    """Return what the profiles of these doctors lack, in their order: one query.

    Order 118н wants education and a certificate or accreditation that is good; one whose term is over is a
    line of its own (`EXPIRED`), whether or not another is good.
    """
    today = formats.local_day(clock.now(), formats.MOSCOW)
    lines = []
    for pk, names, digest, row in _profiles(found):
        lacks = [field for field in ("about", "career_start", "education") if not row[field]]
        kept = read_certificates(row["certificates"])
        lacks += [] if any(each.is_good(today) for each in kept) else ["certificates"]
        lacks += [] if all(each.is_good(today) for each in kept) else [EXPIRED]
        lacks += [] if digest else ["photo"]
        lines += [Missing(Kind.PRACTITIONER.value, pk, names, field) for field in lacks]
    return lines


def _profiles(found: QuerySet[Practitioner]) -> list[tuple[UUID, str, str | None, dict[str, str]]]:
    columns = ("about", "career_start", "education", "certificates")
    rows = found.values_list("id", "family", "given", "middle", "photo__digest", *columns)
    return [
        (pk, " ".join(filter(None, names)), digest, dict(zip(columns, rest, strict=True)))
        for pk, *names, digest, about, career, education, certificates in rows
        for rest in [(about, career, education, certificates)]
    ]
