"""Recorded replies become a live base: dates move to today, the rest stays as it was recorded."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

DATA = Path(__file__).parents[1] / "data" / "replies"
REAL = Path(__file__).parents[4] / "shared" / "data" / "mis" / "bit-umc" / "fixtures"
PERSON = {"PatientSurname": "Записнов", "PatientName": "Тест", "Phone": "+70000000011"}


def _periods(root: Any, moved: int = 0) -> list[tuple[str, ...]]:
    """Return all that a schedule says of time, with dates moved by that many days."""
    found = []
    for doctor in root:
        for side in ("СвободноеВремя", "ЗанятоеВремя"):
            for row in doctor.iterfind(f"{{S1}}ПериодыГрафика/{{S1}}{side}/{{S1}}ПериодГрафика"):
                texts = [
                    row.findtext(f"{{S1}}{name}") or "" for name in ("Дата", "ВремяНачала", "ВремяОкончания")
                ]
                dates = [
                    f"{date.fromordinal(date.fromisoformat(text[:10]).toordinal() + moved)}{text[10:]}"
                    for text in texts
                ]
                kind = row.findtext("{S1}ВидВремени") or ""
                found.append((doctor.findtext("{S1}СотрудникID") or "", side, *dates, kind))
    return sorted(found)


def _check(simulate: Callable[..., Any], folder: Path) -> None:
    """Everything recorded is served again, and the time can be booked."""
    wire = simulate(replies=folder, zone="Asia/Omsk")
    for operation, kind, values in (
        ("GetListClinic", "clinics", {}),
        ("GetListEmployees", "employees", {}),
        ("GetNomenclatureAndPrices", "nomenclature", {"GUID": wire.clinics[0]}),
    ):
        recorded = etree.parse(folder / kind / "success.xml").getroot()
        served = wire.xml(operation, **values)
        assert [_flat(row) for row in served] == [_flat(row) for row in recorded]
    recorded = etree.parse(folder / "schedule" / "success.xml").getroot()
    first = min(row.text[:10] for row in recorded.iterfind(".//{S1}Дата"))
    moved = (date.fromisoformat(wire.today) - date.fromisoformat(first)).days
    served = wire.xml("GetSchedule", StartDate=f"{wire.today}T00:00:00", FinishDate="2027-01-01T00:00:00")
    assert _periods(served) == _periods(recorded, moved)
    lengths = {row.findtext("{S1}СотрудникID"): row.findtext("{S1}ДлительностьПриема") for row in recorded}
    assert {
        row.findtext("{S1}СотрудникID"): row.findtext("{S1}ДлительностьПриема") for row in served
    } == lengths
    target = wire.target(minutes=60)
    uid = wire.xml("GetReserve", **target).findtext("{S1}УИД")
    assert wire.call("BookAnAppointmentWithParams", **target, **PERSON, GUID=uid, params={}) == "Ok"
    [row] = wire.at(target)
    assert (row["id"], row["status"]) == (uid, "booked")
    assert (
        datetime.fromisoformat(row["start"]).utcoffset()
        == datetime.fromisoformat("2026-09-07T00:00+06:00").utcoffset()
    )
    assert wire.xml("CancelBookAnAppointment", GUID=uid).findtext("{S1}Результат") == "true"


def _flat(node: Any) -> list[tuple[str, str]]:
    return [(part.tag, (part.text or "").strip()) for part in node.iter() if isinstance(part.tag, str)]


def test_our_own_recording(simulate: Callable[..., Any]) -> None:
    _check(simulate, DATA)


@pytest.mark.skipif(not REAL.is_dir(), reason=f"the recorded replies of a live base are not at {REAL}")
def test_the_recording_of_a_live_base(simulate: Callable[..., Any]) -> None:
    _check(simulate, REAL)


def test_what_was_busy_without_a_kind_is_a_visit_that_can_be_cancelled(simulate: Callable[..., Any]) -> None:
    wire = simulate(replies=DATA)
    [visit] = wire.state()["bookings"]
    before = next(row for row in wire.schedule() if row.employee == visit["resource"])
    assert [kind for _, _, kind in before.busy] == ["", "cccccccc-0000-4000-8000-000000000002"]
    assert wire.bench("cancel", id=visit["id"]).is_success
    after = next(row for row in wire.schedule() if row.employee == visit["resource"])
    assert [kind for _, _, kind in after.busy] == ["cccccccc-0000-4000-8000-000000000002"]
    assert (len(before.free), len(after.free)) == (4, 3)


def test_a_reset_keeps_the_recording(simulate: Callable[..., Any]) -> None:
    wire = simulate(replies=DATA)
    before = wire.state()
    wire.bench("cancel", id=before["bookings"][0]["id"])
    wire.bench("reset", seed=9)
    assert wire.state() == before
