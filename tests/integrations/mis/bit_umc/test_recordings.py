"""Every recorded reply is read: the project's own invented ones, and the live ones where they are present.

The folder of live replies lies beside the repository and isn't part of it. Where it is absent the invented
replies of the same shapes are read alone, and nothing is skipped.
"""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from feldsher.domain.directory.types import ServiceKind
from feldsher.domain.scheduling.ports import TimeKind
from feldsher.integrations.mis.bit_umc.answers import State, status, written
from feldsher.integrations.mis.bit_umc.directory import _Draft, read_catalogue, read_clinics, read_employees
from feldsher.integrations.mis.bit_umc.documents import read_document
from feldsher.integrations.mis.bit_umc.door import RefusedError
from feldsher.integrations.mis.bit_umc.profile import Profile
from feldsher.integrations.mis.bit_umc.schedule import Schedule, read_schedule
from integrations.mis.bit_umc.factory import counts

ROOT = Path(__file__).parents[4]
LIVE = ROOT.parent / "shared" / "data" / "mis" / "bit-umc" / "fixtures"
OWN = (Path(__file__).parent / "data" / "replies", ROOT / "tests" / "testbench" / "data" / "replies")
LIMIT = 5_000_000


def _schedule(text: str) -> Schedule:
    result = Schedule(datetime(2026, 9, 7, tzinfo=UTC))
    read_schedule(*read_document(text, limit=LIMIT), result, profile=Profile())
    return result


def _refused(text: str) -> str:
    with pytest.raises(RefusedError) as caught:
        written(text)
    return caught.value.code


def _written(text: str) -> str:
    return f"written {len(written(text))}"


def _reserved(text: str) -> str:
    assert status(text) is State.RESERVED
    return "reserved"


def _catalogue(text: str) -> _Draft:
    draft = _Draft()
    assert read_catalogue(*read_document(text, limit=LIMIT), clinic="c", draft=draft) > 0
    return draft


def _said(text: str) -> str:
    found = _schedule(text)
    kinds = counts(found.items)
    assert not found.warnings
    free, busy, breaks = (kinds[kind] for kind in TimeKind)
    return f"{len(found.resources)} doctors, {free} free, {busy} busy, {breaks} breaks"


def _clinics(text: str) -> str:
    return f"{len(read_clinics(*read_document(text, limit=LIMIT), draft=_Draft()))} clinics"


def _employees(text: str) -> str:
    draft = _Draft()
    found = read_employees(*read_document(text, limit=LIMIT), draft=draft)
    norms = [norm.minutes for row in found for norm in row.services]
    return (
        f"{len(found)} employees, {len(norms)} norms, {norms.count(None)} unknown, {len(draft.warnings)} lost"
    )


def _nomenclature(text: str) -> str:
    draft = _catalogue(text)
    kinds = Counter(row.kind for row in draft.services.values())
    told = ", ".join(f"{kinds[kind]} {kind}" for kind in ServiceKind)
    return f"{told}, {len(draft.prices)} prices, {len(draft.warnings)} warnings"


READERS: dict[str, Callable[[str], str]] = {
    "clinics/success.xml": _clinics,
    "common/appointment-success.xml": _written,
    "common/delete-success.xml": _written,
    "common/error-description.xml": _refused,
    "common/error.txt": _refused,
    "common/ok.txt": _written,
    "common/success-with-uid.xml": _written,
    "common/wait-list-success.xml": _written,
    "employees/success.xml": _employees,
    "employees/untidy.xml": _employees,
    "nomenclature/error-description.xml": _refused,
    "nomenclature/success.xml": _nomenclature,
    "nomenclature/untidy.xml": _nomenclature,
    "schedule/lists.json": _said,
    "schedule/lone-objects.json": _said,
    "schedule/only-free.json": _said,
    "schedule/success.xml": _said,
    "status/error-description.txt": _refused,
    "status/success.xml": _reserved,
}
COMMON = {
    "common/appointment-success.xml": "written 0",
    "common/delete-success.xml": "written 0",
    "common/error-description.xml": "unknown_guid",
    "common/error.txt": "error",
    "common/ok.txt": "written 0",
    "common/success-with-uid.xml": "written 36",
    "nomenclature/error-description.xml": "no_exchange",
    "status/error-description.txt": "unknown_guid",
    "status/success.xml": "reserved",
}
EXPECTED_OWN = COMMON | {
    "clinics/success.xml": "1 clinics",
    "employees/success.xml": "2 employees, 1 norms, 1 unknown, 0 lost",
    "employees/untidy.xml": "1 employees, 1 norms, 1 unknown, 1 lost",
    "nomenclature/success.xml": "1 service, 0 material, 0 set, 1 folder, 1 prices, 0 warnings",
    "nomenclature/untidy.xml": "1 service, 2 material, 1 set, 1 folder, 3 prices, 2 warnings",
    "schedule/lists.json": "2 doctors, 3 free, 1 busy, 1 breaks",
    "schedule/lone-objects.json": "1 doctors, 1 free, 1 busy, 0 breaks",
    "schedule/only-free.json": "3 doctors, 3 free, 0 busy, 0 breaks",
    "schedule/success.xml": "2 doctors, 6 free, 1 busy, 1 breaks",
}
EXPECTED_LIVE = COMMON | {
    "clinics/success.xml": "3 clinics",
    "common/wait-list-success.xml": "written 36",
    "employees/success.xml": "12 employees, 145 norms, 138 unknown, 0 lost",
    "nomenclature/success.xml": "307 service, 29 material, 1 set, 18 folder, 337 prices, 1 warnings",
    "schedule/success.xml": "8 doctors, 124 free, 7 busy, 25 breaks",
}
SETS = [(OWN, EXPECTED_OWN)] + ([((LIVE,), EXPECTED_LIVE)] if LIVE.is_dir() else [])


@pytest.mark.parametrize(("folders", "expected"), SETS, ids=["invented", "live"][: len(SETS)])
def test_every_recorded_reply_is_read(folders: tuple[Path, ...], expected: dict[str, str]) -> None:
    files = {
        path.relative_to(folder).as_posix(): path.read_text("utf-8")
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert {name: READERS[name](text) for name, text in files.items()} == expected


def test_an_untidy_nomenclature_is_read_as_it_is() -> None:
    draft = _catalogue((OWN[0] / "nomenclature" / "untidy.xml").read_text("utf-8"))
    rows = [
        (row.id[-1], row.kind.value, row.parent_id and row.parent_id[-1], row.code, row.minutes)
        for row in draft.services.values()
    ]
    assert rows == [
        ("1", "service", "9", "О-1", None),
        ("2", "material", None, "", 30),
        ("3", "set", None, "", 10),
        ("4", "material", None, "", None),
        ("9", "folder", None, "", 15),
    ]
    assert {key[0][-1]: amount for key, amount in draft.prices.items()} == {
        "1": Decimal(0),
        "2": Decimal(2),
        "3": Decimal("1200.50"),
    }
    assert [warning.split()[1][-1] for warning in draft.warnings] == ["2", "4"]
    assert not draft.is_whole
