"""An invented network of 500 doctors, 2,000 services, 12 branches and 300 articles, written in bulk.

Nobody here exists: family names are made of words for what is made up.
"""

import random
from collections.abc import Iterator
from itertools import islice, product
from pathlib import Path
from typing import Final

from feldsher.domain.directory.models import (
    HealthcareService,
    Location,
    Organization,
    Practitioner,
    PractitionerRole,
    PractitionerService,
    Specialty,
)
from feldsher.domain.directory.services import fill_search
from feldsher.domain.search import services as search
from feldsher.domain.search.types import Document

DOCTORS, SERVICES, ARTICLES = 500, 2000, 300
DATA: Final = Path(__file__).parent / "data"
ROOTS: Final = (
    *("Выдум", "Небыл", "Сочин", "Мним", "Придум", "Фантаз", "Образ", "Пример", "Тест", "Шаблон", "Макет"),
    *("Услов", "Притвор", "Сказ", "Басен", "Мираж", "Призрач", "Бутафор", "Игруш", "Картон", "Плюш"),
    *("Нарисов", "Бумаж", "Пластилин", "Чертёж"),
)
ENDINGS: Final = (
    *(("ов", "ова"), ("кин", "кина"), ("цев", "цева"), ("ский", "ская"), ("ников", "никова")),
    *(("енко", "енко"), ("ин", "ина"), ("овский", "овская"), ("ёнков", "ёнкова"), ("ец", "ец")),
)
MEN = (("Пётр", "Тестович"), ("Семён", "Примерович"), ("Фёдор", "Образцович"), ("Илья", "Макетович"))
WOMEN = (("Алёна", "Тестовна"), ("Вера", "Примеровна"), ("Ольга", "Образцовна"), ("Майя", "Макетовна"))


def lines(name: str) -> list[str]:
    return (DATA / f"{name}.txt").read_text(encoding="utf-8").splitlines()


def fill_clinic() -> None:
    """Write the network and its index."""
    branches = _branches()
    specialties = _specialties()
    doctors = _doctors(branches, specialties)
    _services(doctors)
    fill_search()
    search.replace_kinds(["article"], documents=list(_articles()))


def _branches() -> list[Location]:
    owner = Organization.objects.create(name="Невзаправда")
    rows = (line.split("|") for line in lines("branches"))
    return Location.objects.bulk_create(
        Location(organization=owner, name=name, city=city, address=address, zone="Europe/Moscow")
        for name, city, address in rows
    )


def _specialties() -> list[Specialty]:
    rows = (line.split("|") for line in lines("specialties"))
    return Specialty.objects.bulk_create(
        Specialty(slug=f"s{number}", text=text, key=text.casefold(), title=title)
        for number, (text, title, _) in enumerate(rows)
    )


def names() -> Iterator[tuple[str, str, str]]:
    """Yield 500 family, given and middle names, a man's and a woman's in turn."""
    for number, (root, (man, woman)) in enumerate(product(ROOTS, ENDINGS)):
        yield root + man, *MEN[number % len(MEN)]
        yield root + woman, *WOMEN[number % len(WOMEN)]


def _doctors(branches: list[Location], specialties: list[Specialty]) -> list[Practitioner]:
    doctors = Practitioner.objects.bulk_create(
        Practitioner(family=family, given=given, middle=middle, sort_name=family.casefold())
        for family, given, middle in names()
    )
    assert len(doctors) == DOCTORS
    roles = []
    for number, doctor in enumerate(doctors):
        turn, trade = divmod(number, len(specialties))
        places = {branches[(turn + trade) % len(branches)], branches[(turn + trade + 5) % len(branches)]}
        roles += [
            PractitionerRole(practitioner=doctor, location=place, specialty=specialties[trade])
            for place in places
        ]
    PractitionerRole.objects.bulk_create(roles)
    return doctors


def service_names() -> Iterator[str]:
    """Yield 2,000 names of a price list."""
    for line in lines("specialties"):
        _, _, whom = line.split("|")
        yield f"Приём (осмотр, консультация) врача-{whom} первичный"
        yield f"Приём (осмотр, консультация) врача-{whom} повторный"
        yield f"Консультация {whom} на дому"
        yield f"Онлайн-консультация {whom}"
    for line in lines("services"):
        pattern, _, words = line.partition("|")
        for word in words.split(";") if words else [""]:
            yield pattern.replace("*", word.strip())
    for what, number in product(("операция", "программа наблюдения", "манипуляция"), range(1, 1000)):
        yield f"Учебная {what} категории {number}"


def _services(doctors: list[Practitioner]) -> None:
    found = list(islice(dict.fromkeys(service_names()), SERVICES))
    rows = HealthcareService.objects.bulk_create(
        HealthcareService(name=name, search_name=name.casefold(), code=f"A{number:05}", minutes=30)
        for number, name in enumerate(found)
    )
    PractitionerService.objects.bulk_create(
        PractitionerService(practitioner=doctors[number % len(doctors)], service=row)
        for number, row in enumerate(rows)
    )


def _articles() -> Iterator[Document]:
    draw = random.Random(8)
    sentences = lines("sentences")
    titles = lines("articles")
    patterns = ("{}", "{}: вопросы и ответы", "{}: памятка пациенту")
    for number, (pattern, title) in enumerate(islice(product(patterns, titles), ARTICLES)):
        body = " ".join(draw.choices(sentences, k=25))
        yield Document("article", str(number), pattern.format(title), body=body, weight=0.7)
