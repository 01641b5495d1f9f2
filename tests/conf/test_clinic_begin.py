"""The first records of a clinic: all of them or none, and a password that somebody has read."""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from feldsher.domain.directory import selectors as directory
from feldsher.foundation.access.selectors import all_staff

pytestmark = pytest.mark.django_db
TOLD = {
    "name": "Клиника Проба",
    "zone": "Europe/Moscow",
    "legal_entity": "ООО «Проба»",
    "phone": "+7 812 000-00-00",
    "city": "Петербург",
}


def begun(**told: object) -> str:
    """Run the command; returns the password that it says."""
    out = StringIO()
    call_command("clinic_begin", stdout=out, **(TOLD | told))
    found = re.fullmatch(r"editor: password (\S{20}) \(shown once\)\n", out.getvalue())
    assert found is not None
    return found[1]


def signs_in(password: str) -> bool:
    answer = Client().post("/desk/sign-in/", {"login": "editor", "password": password})
    return answer.status_code == 303


def test_a_clinic_begins_with_a_branch_its_entity_and_an_editor() -> None:
    assert signs_in(begun())
    (branch,) = directory.locations()
    assert (branch.name, branch.city, branch.phone, branch.zone, branch.organization_name) == (
        *("Клиника Проба", "Петербург", "+78120000000", "Europe/Moscow", "ООО «Проба»"),
    )
    assert (directory.practitioners()[0], directory.brand().name) == ((), "Клиника Проба")
    assert [(person.login, set(person.roles)) for person in all_staff()] == [("editor", {"editor"})]


def test_a_second_run_makes_nothing_but_a_new_password() -> None:
    first = begun(example=True)
    second = begun(example=True)
    assert (signs_in(first), signs_in(second)) == (False, True)
    assert (len(directory.locations()), len(directory.practitioners()[0])) == (1, 2)


def test_a_beginning_that_is_refused_leaves_nothing() -> None:
    with pytest.raises(CommandError, match="Такого часового пояса нет"):
        begun(zone="Нигде")
    assert (directory.locations(), all_staff(), directory.brand().name) == ((), (), "")
