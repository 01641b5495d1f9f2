from decimal import Decimal
from typing import Any

import pytest

from feldsher.domain.directory.types import (
    Completeness,
    RemoteLocation,
    RemotePractitioner,
    RemotePrice,
    RemoteService,
    RemoteServiceNorm,
    ServiceKind,
)
from feldsher.domain.scheduling.ports import GatewayUnavailableError
from integrations.mis.plain.factory import Desk, Scripted, through

DOCTOR: dict[str, Any] = {
    "id": "17",
    "family": "Лучистов",
    "given": "Пётр",
    "middle": "Ильич",
    "snils": "11223344595",
    "specialties": ["Офтальмология"],
    "branches": ["1"],
    "services": [{"id": "s1", "minutes": 40}, {"id": "s2"}],
}
DIRECTORY: dict[str, Any] = {
    "complete": True,
    "branches": [{"id": "1", "name": "На Северной"}],
    "doctors": [DOCTOR],
    "services": [
        {"id": "s1", "name": "Приём", "minutes": 30},
        {"id": "s2", "name": "Осмотр", "minutes": None},
    ],
    "prices": [
        {"service": "s1", "roubles": "2500.00"},
        {"service": "s2", "branch": "1", "doctor": "17", "roubles": "0"},
    ],
}


def test_a_directory_written_by_hand_is_read(port: Scripted) -> None:
    found = through(port.says(DIRECTORY).url).directory()
    assert (found.completeness, found.warnings) == (Completeness.FULL, ())
    assert found.locations == (RemoteLocation("1", "На Северной"),)
    norms = (RemoteServiceNorm("s1", 40), RemoteServiceNorm("s2", None))
    assert found.practitioners == (
        RemotePractitioner(
            "17", "Лучистов", "Пётр", "Ильич", ("Офтальмология",), ("1",), norms, snils="11223344595"
        ),
    )
    assert found.services[0] == RemoteService("s1", "Приём", ServiceKind.SERVICE, None, "", 30)
    assert found.prices == (
        RemotePrice("s1", None, None, Decimal(2500)),
        RemotePrice("s2", "1", "17", Decimal(0)),
    )


def test_the_stand_ins_directory_is_read_whole(desk: Desk) -> None:
    found = desk.gateway().directory()
    assert (found.completeness, found.warnings) == (Completeness.FULL, ())
    assert (len(found.locations), len(found.practitioners), len(found.services), len(found.prices)) == (
        2,
        4,
        2,
        2,
    )
    assert {one.id: one.location_ids for one in found.practitioners}["d3"] == ("north", "ural")


@pytest.mark.parametrize(
    ("change", "warning"),
    [
        ({"complete": False}, None),
        ({"branches": [*DIRECTORY["branches"], {"id": "2"}]}, "branch 2: name is empty"),
        ({"branches": [*DIRECTORY["branches"], {"id": "1", "name": "Вторая"}]}, "branch 2 comes twice"),
        ({"doctors": [DOCTOR, DOCTOR | {"family": "Иной"}]}, "doctor 2 comes twice"),
        ({"doctors": [DOCTOR, 7]}, "doctor 2: doctor that is no object"),
        ({"doctors": [DOCTOR, DOCTOR | {"id": "18", "family": " "}]}, "doctor 2: family is empty"),
        (
            {"doctors": [DOCTOR, DOCTOR | {"id": "18", "snils": "1"}]},
            "doctor 2: snils is not as the contract has it",
        ),
        ({"doctors": [DOCTOR | {"branches": ["1", "9"]}]}, "branch 9 is named and not listed"),
        ({"doctors": [DOCTOR | {"services": [{"id": "s9"}]}]}, "service s9 is named and not listed"),
        (
            {"services": [*DIRECTORY["services"], {"id": "s3", "name": "X\u0000"}]},
            "service 3: name is no text of 1 to 200 characters",
        ),
        ({"prices": [{"service": "s1", "roubles": 2500}]}, "price 1: roubles is not as the contract has it"),
        ({"prices": [{"service": "s1", "roubles": "-1"}]}, "price 1: roubles is not as the contract has it"),
        ({"prices": [{"service": "s9", "roubles": "1"}]}, "price 1: names what is not listed"),
        ({"prices": [*DIRECTORY["prices"], {"service": "s1", "roubles": "1"}]}, "price 3 comes twice"),
    ],
)
def test_what_cannot_be_read_is_named_and_takes_nothing_away(
    port: Scripted, change: dict[str, Any], warning: str | None
) -> None:
    found = through(port.says(DIRECTORY | change).url).directory()
    assert found.completeness is Completeness.PARTIAL
    assert found.warnings == ((warning,) if warning else ())
    assert [one.family for one in found.practitioners] == ["Лучистов"]


@pytest.mark.parametrize("name", ["branches", "doctors"])
def test_trap_07_an_empty_directory_is_suspicious(port: Scripted, name: str) -> None:
    found = through(port.says(DIRECTORY | {name: []}).url).directory()
    assert found.completeness is Completeness.SUSPICIOUS_EMPTY


def test_a_thousand_faults_are_twenty_lines(port: Scripted) -> None:
    found = through(port.says(DIRECTORY | {"doctors": [DOCTOR, *[{}] * 1000]}).url).directory()
    assert (len(found.warnings), found.warnings[-1]) == (21, "and 980 more")


@pytest.mark.parametrize("told", [[], {}, DIRECTORY | {"complete": "true"}, DIRECTORY | {"prices": None}])
def test_what_is_no_directory_is_no_answer(port: Scripted, told: object) -> None:
    with pytest.raises(GatewayUnavailableError):
        through(port.says(told).url).directory()
