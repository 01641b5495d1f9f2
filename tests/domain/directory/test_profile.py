"""A doctor's profile: what staff say of it, what a MIS says first, and papers whose term is over."""

from dataclasses import replace
from datetime import date

import pytest

from conftest import SetClock
from domain.directory import drawings
from domain.directory.factory import AT, DAY, EYE, HEART, MIS, row, snapshot
from feldsher.domain.directory import selectors
from feldsher.domain.directory.profile import paragraphs, read_certificates, read_education
from feldsher.domain.directory.services import (
    change_fields,
    clear_overlay,
    import_snapshot,
    merge_practitioners,
    save_photo,
    set_overlay,
)
from feldsher.domain.directory.types import FieldChange, Kind
from feldsher.domain.directory.types.profile import Certificate, Education, PhotoFrame
from feldsher.kernel.errors import InvalidInputError

pytestmark = pytest.mark.django_db
EDUCATION = (
    "Специалитет;  Пример-университет ; 2005; Лечебное дело\n\n"
    "Ординатура; Пример-академия; 2007; офтальмология;"
)
PAPERS = "Аккредитация; офтальмология; 24.11.2026\nСертификат; терапия; 2025-01-31"


@pytest.fixture(autouse=True)
def _clinic(set_clock: SetClock) -> None:
    set_clock(AT)
    import_snapshot(MIS, snapshot=snapshot())


def say(field: str, value: object, *, of: str = EYE.id) -> None:
    set_overlay(Kind.PRACTITIONER, target=row(Kind.PRACTITIONER, of), field=field, value=value, author="anna")


def test_a_profile_is_what_staff_said_of_it() -> None:
    for field, value in (
        ("about", "  Лечит глаза.\r\n\r\n\r\n\r\nПринимает  детей. "),
        ("career_start", 2012),
        ("degree", "кандидат медицинских наук"),
        ("rank", "доцент"),
        ("category", "врач высшей категории"),
        ("education", EDUCATION),
        ("certificates", PAPERS),
    ):
        say(field, value)
    found = selectors.profile(row(Kind.PRACTITIONER, EYE.id))
    assert found.about == "Лечит глаза.\n\nПринимает детей."
    assert found.experience(date(2026, 11, 24)) == 14
    assert (found.degree, found.rank, found.category) == (
        "кандидат медицинских наук",
        "доцент",
        "врач высшей категории",
    )
    assert found.education == (
        Education("Специалитет", "Пример-университет", 2005, "Лечебное дело"),
        Education("Ординатура", "Пример-академия", 2007, "офтальмология"),
    )
    last_day = date(2026, 11, 24)
    good = Certificate("Аккредитация", "офтальмология", last_day)
    expired = Certificate("Сертификат", "терапия", date(2025, 1, 31))
    assert found.good_certificates(last_day) == (good,)
    assert found.expired_certificates(last_day) == (expired,)
    assert found.good_certificates(date(2026, 11, 25)) == ()


def test_nobody_has_said_anything() -> None:
    found = selectors.profile(row(Kind.PRACTITIONER, HEART.id))
    assert (found.education, found.certificates, found.experience(date(2026, 1, 1))) == ((), (), None)


def test_who_began_this_year_has_no_years_yet() -> None:
    say("career_start", 2026)
    assert selectors.profile(row(Kind.PRACTITIONER, EYE.id)).experience(date(2026, 11, 24)) is None


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("about", "я" * 5001, "Не длиннее 5000 знаков."),
        ("about", 5, "Нужен текст."),
        ("career_start", 1939, "Год четырьмя цифрами, от 1940 до 2026."),
        ("career_start", 2027, "Год четырьмя цифрами, от 1940 до 2026."),
        ("career_start", "давно", "Год четырьмя цифрами, от 1940 до 2026."),
        ("career_start", True, "Год четырьмя цифрами, от 1940 до 2026."),
        ("degree", "я" * 201, "Не длиннее 200 знаков."),
        ("education", "Ординатура; 2007", "Строка 1: нужны уровень; учреждение; год; специальность."),
        ("education", "А; ; 2007; Б", "Строка 1: нужны уровень; учреждение; год; специальность."),
        (
            "education",
            f"{EDUCATION}\nА; Б; 07; В",
            "Строка 4: год окончания четырьмя цифрами, например 2008.",
        ),
        ("education", "А; Б; 2007; " + "я" * 301, "Строка 1: каждая часть не длиннее 300 знаков."),
        ("education", "А; Б; 2007; В\n" * 31, "Не больше 30 строк."),
        ("certificates", "Сертификат; терапия", "Строка 1: нужны документ; специальность; срок действия."),
        ("certificates", "Сертификат; терапия; 31.02.2027", "Строка 1: срок действия вида 31.12.2028."),
        ("certificates", "Сертификат; терапия; скоро", "Строка 1: срок действия вида 31.12.2028."),
    ],
)
def test_what_is_no_profile_is_refused_with_a_sentence(field: str, value: object, sentence: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        say(field, value)
    assert refused.value.fields == {field: sentence}


def test_what_is_kept_is_read_again_as_the_same() -> None:
    say("education", EDUCATION)
    say("certificates", PAPERS)
    card = selectors.record(Kind.PRACTITIONER, target=row(Kind.PRACTITIONER, EYE.id))
    kept = {item.name: item.value for item in card.fields}
    assert kept["certificates"] == "Аккредитация; офтальмология; 24.11.2026\nСертификат; терапия; 31.01.2025"
    assert read_education(kept["education"]) == read_education(EDUCATION)
    assert read_certificates(kept["certificates"]) == read_certificates(PAPERS)
    assert paragraphs("a\0b\n\n\n\n c ") == "ab\n\nc"


def test_what_a_mis_gives_of_a_profile_is_mended_there() -> None:
    say("about", "Слова сотрудника")
    told = replace(EYE, about="Слова МИС.\nВторой абзац.")
    import_snapshot(MIS, snapshot=snapshot(as_of=AT + DAY, practitioners=(told, HEART)))
    eye = row(Kind.PRACTITIONER, EYE.id)
    assert selectors.profile(eye).about == "Слова МИС.\nВторой абзац."
    field = next(
        item for item in selectors.record(Kind.PRACTITIONER, target=eye).fields if item.name == "about"
    )
    assert (field.given_by, field.is_overlaid, field.is_editable) == (MIS, False, False)
    assert selectors.value_sources(Kind.PRACTITIONER, target=eye)["about"] == f"mis:{MIS}"
    with pytest.raises(InvalidInputError, match="is a MIS's"):
        say("about", "Иначе")
    with pytest.raises(InvalidInputError) as refused:
        change_fields([FieldChange(Kind.PRACTITIONER, eye, "about", "Иначе")], author="anna")
    assert refused.value.fields == {f"about-{eye}": "Это поле ведёт МИС: исправьте его в\u00a0ней."}
    import_snapshot(MIS, snapshot=snapshot(as_of=AT + 2 * DAY))
    assert selectors.profile(eye).about == "Слова сотрудника"
    clear_overlay(Kind.PRACTITIONER, target=eye, field="about")
    assert selectors.profile(eye).about == ""


def test_what_profiles_lack_is_listed_and_an_expired_certificate_too() -> None:
    def of(remote: str) -> set[str]:
        doctor = row(Kind.PRACTITIONER, remote)
        return {line.field for line in selectors.missing() if line.id == doctor}

    assert of(HEART.id) == {"about", "career_start", "education", "certificates", "photo"}
    say("about", "О враче")
    say("career_start", 2001)
    say("education", EDUCATION)
    say("certificates", PAPERS)
    save_photo(
        row(Kind.PRACTITIONER, EYE.id), content=drawings.snapshot(), frame=PhotoFrame.WHOLE, author="anna"
    )
    assert of(EYE.id) == {"certificates_expired"}
    say("certificates", "Сертификат; терапия; 31.01.2025")
    assert of(EYE.id) == {"certificates", "certificates_expired"}
    say("certificates", "Сертификат; терапия; 31.01.2029")
    assert of(EYE.id) == set()
    assert selectors.missing_count() == len(selectors.missing())


def test_a_merge_takes_the_profile_along() -> None:
    keep, other = row(Kind.PRACTITIONER, EYE.id), row(Kind.PRACTITIONER, HEART.id)
    say("education", EDUCATION, of=HEART.id)
    save_photo(other, content=drawings.snapshot(), frame=PhotoFrame.WHOLE, author="anna")
    photo = selectors.practitioner(other).photo
    merge_practitioners(keep, other=other, author="anna")
    assert len(selectors.profile(keep).education) == 2
    assert selectors.practitioner(keep).photo == photo
    assert selectors.photo(f"{photo}-144.webp").content
