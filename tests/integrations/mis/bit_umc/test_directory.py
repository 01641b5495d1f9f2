"""The directory against the simulator: who, where, what for and for how much."""

import socket
import threading
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from feldsher.domain.directory.types import Completeness, ServiceKind
from feldsher.domain.scheduling.ports import GatewayUnavailableError, Window
from feldsher.integrations.mis.bit_umc import BitUmcGateway
from feldsher.integrations.mis.bit_umc.directory import _Draft, read_catalogue, read_employees
from feldsher.integrations.mis.bit_umc.documents import read_document
from feldsher.kernel import clock
from integrations.mis.bit_umc.factory import Clinic, through
from integrations.mis.wires import Answer, Wire

soap_alone = pytest.mark.parametrize("door", ["soap"], indirect=True)
REPLIES = Path(__file__).parents[3] / "testbench" / "data" / "replies"


@soap_alone
@pytest.mark.parametrize("key", ["GUID", "Clinic"])
def test_the_directory_is_all_that_the_base_has(clinic: Clinic, key: str) -> None:
    network = clinic.simulator.base.network
    before = clock.now()
    snapshot = clinic.gateway(nomenclature_clinic=key, bulk_timeout=30).directory()
    assert snapshot.completeness is Completeness.FULL
    assert snapshot.warnings == ()
    assert before <= snapshot.as_of <= clock.now()
    assert {(row.id, row.name) for row in snapshot.locations} == {
        (row.uid, row.name) for row in network.clinics
    }
    assert {row.id for row in snapshot.practitioners} == {row.uid for row in network.employees}
    items = {item.uid: item for row in network.clinics for item in network.items(row.uid)}
    assert {(row.id, row.name, row.minutes) for row in snapshot.services} == {
        (uid, item.name, item.minutes or None) for uid, item in items.items()
    }


@soap_alone
def test_folders_materials_and_sets_keep_their_kind(clinic: Clinic) -> None:
    snapshot = clinic.gateway().directory()
    network = clinic.simulator.base.network
    items = {item.uid: item for item in network.items(network.clinics[0].uid)}
    for row in snapshot.services:
        item = items[row.id]
        expected = {"Материал": ServiceKind.MATERIAL, "Набор": ServiceKind.SET}.get(
            item.kind, ServiceKind.FOLDER if item.folder else ServiceKind.SERVICE
        )
        assert row.kind is expected
    assert {row.kind for row in snapshot.services} == set(ServiceKind)


@soap_alone
def test_prices_belong_to_an_item_and_a_clinic_and_folders_have_none(clinic: Clinic) -> None:
    network = clinic.simulator.base.network
    expected = {
        (item.uid, row.uid, item.price)
        for row in network.clinics
        for item in network.items(row.uid)
        if not item.folder
    }
    prices = clinic.gateway().directory().prices
    assert {(row.service_id, row.location_id, row.amount) for row in prices} == expected
    assert len(prices) == len(expected)
    assert {row.practitioner_id for row in prices} == {None}


@soap_alone
def test_a_doctor_works_where_the_schedule_shows_him(clinic: Clinic) -> None:
    snapshot = clinic.gateway().directory()
    network = clinic.simulator.base.network
    shown: dict[str, set[str]] = {row.uid: set() for row in network.employees}
    longer = Window(clinic.window.first, clinic.window.first + timedelta(days=30))
    for resource in clinic.gateway().free(longer).resources:
        shown[resource.practitioner_id].add(resource.location_id)
    for doctor in network.employees:
        if doctor.organisation in {row.uid for row in network.clinics}:
            shown[doctor.uid].add(doctor.organisation)
    assert {row.id: set(row.location_ids) for row in snapshot.practitioners} == shown
    assert max(len(row.location_ids) for row in snapshot.practitioners) == 2
    assert min(len(row.location_ids) for row in snapshot.practitioners) == 0


@soap_alone
def test_norms_of_a_doctor_are_his_own_or_unknown(clinic: Clinic) -> None:
    network = clinic.simulator.base.network
    expected = {
        row.uid: {(own.uid, own.minutes or None) for own in row.services} for row in network.employees
    }
    snapshot = clinic.gateway().directory()
    assert {
        row.id: {(norm.service_id, norm.minutes) for norm in row.services} for row in snapshot.practitioners
    } == expected


def _replays(wire: Callable[[Answer], Wire], replies: dict[str, str]) -> BitUmcGateway:
    """Answer each operation with one recorded reply."""

    def answer(connection: socket.socket, _: threading.Event) -> None:
        name = next(name for name in replies if f"<ru:{name}".encode() in port.requests[-1])
        body = (
            f'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:m="ru.umc"><s:Body>'
            f"<m:{name}Response><m:return><![CDATA[{replies[name]}]]></m:return></m:{name}Response>"
            "</s:Body></s:Envelope>"
        ).encode()
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    port = wire(answer)
    return through("soap", port.url)


def _recorded() -> dict[str, str]:
    names = {
        "GetListClinic": "clinics",
        "GetListEmployees": "employees",
        "GetNomenclatureAndPrices": "nomenclature",
        "GetSchedule20": "schedule",
    }
    return {key: (REPLIES / name / "success.xml").read_text("utf-8") for key, name in names.items()}


def test_a_clinic_without_an_exchange_setting_has_no_services_and_says_so(
    wire: Callable[[Answer], Wire],
) -> None:
    error = Path(__file__).parent / "data" / "replies" / "nomenclature" / "error-description.xml"
    replies = _recorded() | {"GetNomenclatureAndPrices": error.read_text("utf-8")}
    snapshot = _replays(wire, replies).directory()
    assert (snapshot.services, snapshot.prices) == ((), ())
    assert snapshot.completeness is Completeness.SUSPICIOUS_EMPTY
    assert [warning.split(maxsplit=2)[2] for warning in snapshot.warnings] == [
        "has no exchange setting, so no services and no prices"
    ]


@pytest.mark.parametrize(
    ("operation", "reply"),
    [
        ("GetListClinic", "Ошибка доступа"),
        ("GetListClinic", '<Сотрудники xmlns="S2"/>'),
        ("GetListEmployees", "<Сотрудники>"),
        ("GetListEmployees", "слова"),
    ],
)
def test_a_list_that_is_something_else_is_an_error(
    wire: Callable[[Answer], Wire], operation: str, reply: str
) -> None:
    with pytest.raises(GatewayUnavailableError):
        _replays(wire, _recorded() | {operation: reply}).directory()


@pytest.mark.parametrize("reply", ["Ошибка доступа", "слова", '<Сотрудники xmlns="S2"/>', ""])
def test_a_nomenclature_that_is_something_else_leaves_the_rest(
    wire: Callable[[Answer], Wire], reply: str
) -> None:
    snapshot = _replays(wire, _recorded() | {"GetNomenclatureAndPrices": reply}).directory()
    assert snapshot.completeness is not Completeness.FULL
    assert (len(snapshot.locations), len(snapshot.practitioners), len(snapshot.warnings)) == (1, 2, 1)


def test_a_recorded_directory_is_whole(wire: Callable[[Answer], Wire]) -> None:
    snapshot = _replays(wire, _recorded()).directory()
    assert snapshot.completeness is Completeness.FULL
    assert [len(row.location_ids) for row in snapshot.practitioners] == [1, 1]


def test_an_untidy_nomenclature_keeps_what_can_be_kept() -> None:
    draft = _Draft()
    rows = "".join(
        f"<Каталог><UID>eeeeeeee-0000-4000-8000-00000000000{number}</UID><Цена>{price}</Цена></Каталог>"
        for number, price in enumerate(["160", "0", "3,5", "1\u00a0200.50", "", "-5", "1e9", "NaN"])
    )
    root, tree = read_document(f'<Каталоги xmlns="S2">{rows}<Каталог/></Каталоги>', limit=10_000)
    assert read_catalogue(root, tree, clinic="c", draft=draft) == 8
    assert list(draft.prices.values()) == [
        Decimal(160),
        Decimal(0),
        Decimal("3.5"),
        Decimal("1200.50"),
    ]
    assert len(draft.services) == 8
    assert (draft.is_whole, len(draft.warnings)) == (False, 3)


def test_an_employee_without_parts_of_a_name_takes_them_from_the_whole() -> None:
    draft = _Draft()
    root, tree = read_document(
        "<Сотрудники><Сотрудник><UID>bbbbbbbb-0000-4000-8000-000000000001</UID>"
        "<Наименование>Одинцова Ева</Наименование></Сотрудник></Сотрудники>",
        limit=10_000,
    )
    (row,) = read_employees(root, tree, draft=draft)
    assert (row.family, row.given, row.middle) == ("Одинцова", "Ева", "")
    assert (row.specialties, row.location_ids, row.services) == ((), (), ())
    assert draft.is_whole
