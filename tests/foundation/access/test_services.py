from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from feldsher.foundation.access import grants, selectors, services
from feldsher.foundation.access.errors import DoctorTakenError, LoginTakenError, StaffNotFoundError
from feldsher.foundation.access.models import AccessGrant, User
from feldsher.foundation.access.roles import Role
from feldsher.kernel import clock
from feldsher.kernel.errors import InvalidInputError

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-password"


def test_a_person_has_the_roles_that_were_granted_and_not_ended() -> None:
    person = services.create_staff("vera", password=PASSWORD, roles=(Role.EDITOR,))
    assert person.roles == {Role.EDITOR}
    grants.give_anyway(person.id, Role.REGISTRAR)
    assert selectors.staff_named("vera").roles == {Role.EDITOR, Role.REGISTRAR}
    grants.end_anyway(person.id, Role.EDITOR)
    assert selectors.staff_named("vera").roles == {Role.REGISTRAR}


def test_an_ended_role_leaves_its_row_and_may_be_given_again() -> None:
    person = services.create_staff("vera", password=PASSWORD, roles=(Role.EDITOR,))
    grants.end_anyway(person.id, Role.EDITOR)
    grants.give_anyway(person.id, Role.EDITOR)
    grants.give_anyway(person.id, Role.EDITOR)
    (card,) = selectors.all_staff()
    assert [grant.ended_at is None for grant in card.grants] == [False, True]
    assert abs(card.grants[0].granted_at - clock.now()) < timedelta(minutes=1)


def test_the_database_keeps_one_live_grant_of_a_role() -> None:
    person = services.create_staff("vera", password=PASSWORD, roles=(Role.EDITOR,))
    with pytest.raises(IntegrityError), transaction.atomic():
        AccessGrant.objects.create(user_id=person.id, role=Role.EDITOR, granted_at=clock.now())


def test_a_login_is_taken_once_and_a_refusal_leaves_nothing() -> None:
    services.create_staff("vera", password=PASSWORD)
    with pytest.raises(LoginTakenError):
        services.create_staff("vera", password=PASSWORD, roles=(Role.EDITOR,))
    assert (User.objects.count(), AccessGrant.objects.count()) == (1, 0)


@pytest.mark.parametrize("login", ["", "a", "Vera", "+79210000001", "vera@example.org", "вера", "a" * 65])
def test_a_login_is_no_phone_no_mail_and_no_name(login: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        services.create_staff(login, password=PASSWORD)
    assert list(caught.value.fields) == ["login"]


def test_a_short_password_is_refused() -> None:
    with pytest.raises(InvalidInputError) as caught:
        services.create_staff("vera", password="eleven-long")
    assert list(caught.value.fields) == ["password"]


def test_a_password_is_kept_as_an_argon2_hash() -> None:
    services.create_staff("vera", password=PASSWORD)
    assert User.objects.get().password.startswith("argon2$argon2id$")


def test_nobody_is_found_by_an_unknown_login() -> None:
    with pytest.raises(StaffNotFoundError):
        grants.give_anyway(uuid4(), Role.EDITOR)
    with pytest.raises(StaffNotFoundError):
        services.change_password("nobody", password=PASSWORD)


def command(*arguments: str) -> str:
    out = StringIO()
    call_command("staff", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_line_adds_lists_grants_and_ends() -> None:
    told = command("add", "vera", "--role", "registrar", "--name", "Тестова В.")
    password = told.split()[2]
    assert User.objects.get().check_password(password)
    assert command("grant", "vera", "--role", "editor").split() == ["vera:", "editor,", "registrar"]
    assert command("end", "vera", "--role", "registrar").split() == ["vera:", "editor"]
    assert command("list").split() == ["vera", "editor", "Тестова", "В."]
    other = command("password", "vera").split()[2]
    assert other != password
    assert User.objects.get().check_password(other)


def test_the_command_line_says_which_doctor_a_person_is() -> None:
    command("add", "vera", "--role", "attending_doctor")
    department = uuid4()
    assert command("place", "vera", "--department", str(department)).split() == [
        *("vera:", "no", "doctor,", str(department))
    ]
    with pytest.raises(CommandError, match="not_found"):
        command("place", "vera", "--practitioner", str(uuid4()))
    services.place("vera", practitioner=department, department=None)
    services.create_staff("anna", password=PASSWORD)
    with pytest.raises(DoctorTakenError):
        services.place("anna", practitioner=department, department=None)


def test_an_unknown_role_is_answered_with_those_that_there_are() -> None:
    with pytest.raises(CommandError, match=r"registrar +регистратор"):
        command("add", "vera", "--role", "boss")
    assert User.objects.count() == 0
