from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from feldsher.foundation.watch.models import Honey

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("watch", *arguments, stdout=out)
    return out.getvalue()


def test_c35_patients_who_do_not_exist_are_marked_and_listed() -> None:
    patient = uuid4()
    assert "No patient" in run("honey", "list")
    for _ in range(2):
        run("honey", "add", str(patient))
    assert run("honey", "list").split() == [str(patient)]
    run("honey", "remove", str(patient))
    assert Honey.objects.count() == 0


def test_a_mark_without_a_patient_is_refused() -> None:
    with pytest.raises(CommandError, match="Give the id"):
        run("honey", "add")
