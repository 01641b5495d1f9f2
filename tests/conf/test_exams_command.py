"""`exams check` and `exams load`: what is wrong with a list is told by place, and nothing is kept."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from feldsher.domain.corporate import services
from feldsher.domain.corporate.models import LoadedExamList

pytestmark = pytest.mark.django_db
OURS = Path(services.__file__).parent / "data" / "order_29n.json"


def test_a_list_is_checked_and_loaded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = tmp_path / "own.json"
    own.write_text(OURS.read_text(encoding="utf-8").replace("29н", "29н (свой)"), encoding="utf-8")
    call_command("exams", "check", str(own))
    assert LoadedExamList.objects.count() == 1
    call_command("exams", "load", str(own))
    assert LoadedExamList.objects.count() == 2
    assert "205 points from 2021-04-01" in capsys.readouterr().out


def test_faults_are_told_and_nothing_is_kept(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text(OURS.read_text(encoding="utf-8").replace('"years": 2', '"years": 0'), encoding="utf-8")
    with pytest.raises(CommandError, match=r"points\.1\.7\.years: Раз во"):
        call_command("exams", "load", str(wrong))
    with pytest.raises(CommandError):
        call_command("exams", "check", str(tmp_path / "none.json"))
    assert LoadedExamList.objects.count() == 1
