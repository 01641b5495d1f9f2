"""A patient's own papers: what a module brings is read in their own context, and the journal keeps it."""

from datetime import timedelta
from uuid import uuid4

import pytest

from domain.records.factory import Ward
from domain.records.papers import Module, brought
from domain.scheduling.factory import NOW
from feldsher.conf import composition
from feldsher.domain.patients.errors import PatientNotFoundError
from feldsher.domain.patients.types import Behind
from feldsher.domain.records import gateways, selectors
from feldsher.domain.records.types import Paper, PaperKind
from feldsher.foundation.audit.models import AccessEntry
from feldsher.foundation.audit.reading import JOURNAL

pytestmark = pytest.mark.django_db
BLOOD = Paper(uuid4(), "Общий анализ крови", NOW - timedelta(days=2))


@JOURNAL.reach()
def kept() -> list[tuple[object, ...]]:
    """Return what the journal keeps of looks at papers."""
    rows = AccessEntry.objects.filter(purpose="own_papers").order_by("id")
    return list(rows.values_list("what", "matrix_column", "ids", "patients", "relation"))


def test_no_module_brings_any_yet() -> None:
    composition.bind()
    assert gateways.paper_sources() == {}
    assert selectors.brought_papers() == frozenset()


def test_a_module_is_asked_in_the_patient_s_own_context_and_the_journal_keeps_each_kind(ward: Ward) -> None:
    blood, notes = Module({ward.anna: [BLOOD]}), Module({})
    session = uuid4()
    with brought({PaperKind.RESULT: blood, PaperKind.DOCUMENT: notes}):
        assert selectors.brought_papers() == {PaperKind.RESULT, PaperKind.DOCUMENT}
        found = selectors.own_papers(Behind(ward.anna), session=session)
    assert found == {PaperKind.RESULT: (BLOOD,), PaperKind.DOCUMENT: ()}
    assert blood.asked == notes.asked == [(ward.anna, (ward.anna,), "own")]
    assert kept() == [("paper_result", "L", [BLOOD.id], [ward.anna], "own")]


@pytest.mark.parametrize(
    ("kind", "column"), [(PaperKind.RESULT, "L"), (PaperKind.DOCUMENT, "E"), (PaperKind.PRESCRIPTION, "P")]
)
def test_each_kind_is_data_of_its_own_class(ward: Ward, kind: PaperKind, column: str) -> None:
    with brought({kind: Module({ward.anna: [BLOOD]})}):
        selectors.own_papers(Behind(ward.anna, guardian_id=uuid4()), session=uuid4())
    assert kept() == [(f"paper_{kind}", column, [BLOOD.id], [ward.anna], "ward")]


def test_papers_are_not_lent(ward: Ward) -> None:
    module = Module({ward.anna: [BLOOD]})
    with brought({PaperKind.RESULT: module}), pytest.raises(PatientNotFoundError):
        selectors.own_papers(Behind(ward.anna, grant_id=uuid4()), session=uuid4())
    assert module.asked == []


def test_one_patient_is_shown_a_hundred_of_a_kind_at_most(ward: Ward) -> None:
    many = [Paper(uuid4(), "Общий анализ крови", NOW) for _ in range(selectors.MOST + 1)]
    with brought({PaperKind.RESULT: Module({ward.anna: many})}):
        found = selectors.own_papers(Behind(ward.anna), session=uuid4())
    assert found[PaperKind.RESULT] == tuple(many[: selectors.MOST])
