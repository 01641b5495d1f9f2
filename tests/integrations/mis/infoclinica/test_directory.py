"""The directory: read to the end of every page, and honest about what it could not read."""

from decimal import Decimal

import pytest

from feldsher.domain.directory.types import (
    Completeness,
    RemoteLocation,
    RemotePrice,
    RemoteService,
    ServiceKind,
)
from feldsher.domain.scheduling.ports import GatewayUnavailableError
from integrations.mis.infoclinica.factory import BRANCH, Canned, Clinic, ack

DOCTOR = (
    "<GETDOCTORLIST><DCODE>{code}</DCODE><DNAME>{name}</DNAME><DEPNUM>501</DEPNUM><DEPNAME>{dep}</DEPNAME>"
    "<FILIAL>1</FILIAL></GETDOCTORLIST>"
)
PRICE = "<SCH><SCHID>{code}</SCHID><KODOPER>A</KODOPER><SCHNAME>Приём</SCHNAME><SPRICE>{price}</SPRICE></SCH>"


def doctor(code: object = 7001, name: str = "Вымыслова Анна Тестовна", dep: str = "Терапевт") -> str:
    return DOCTOR.format(code=code, name=name, dep=dep)


def price(code: object = 1, amount: str = "1000.00") -> str:
    return PRICE.format(code=code, price=amount)


def test_the_simulator_s_network_is_read_in_full(clinic: Clinic) -> None:
    found = clinic.gateway().directory()
    assert (found.completeness, found.warnings) == (Completeness.FULL, ())
    assert found.locations[1] == RemoteLocation("2", "Клиника на Придуманной")
    people = {one.id: one for one in found.practitioners}
    assert len(people) == 5
    boris = people["7002"]
    assert (boris.family, boris.given, boris.middle) == ("Примеров", "Борис", "Образцович")
    assert (boris.specialties, boris.location_ids, boris.services) == (("Офтальмолог",), ("1", "2"), ())
    assert (people["7005"].family, people["7005"].given, people["7005"].middle) == ("Условный", "Денис", "")
    assert found.services[0] == RemoteService(
        "60001", "Приём терапевта", ServiceKind.SERVICE, None, "A01", None
    )
    assert RemotePrice("60003", "2", None, Decimal("1800.00")) in found.prices
    assert RemotePrice("60001", "3", None, Decimal("1500.00")) not in found.prices


def test_branches_and_doctors_of_no_interest_are_left_out(clinic: Clinic) -> None:
    found = clinic.gateway(branches=["2"]).directory()
    assert [one.id for one in found.locations] == ["2"]
    assert {one.id for one in found.practitioners} == {"7002", "7003"}
    assert {message.fields["VIEWINWEB"] for message in clinic.sent("GET_DOCTOR_LIST")} == {"1"}


def test_a_branch_hidden_from_the_web_is_left_out_unless_the_profile_takes_all(canned: Canned) -> None:
    hidden = BRANCH.replace("</GETFILIALLIST>", "<VIEWINWEB_OUT>0</VIEWINWEB_OUT></GETFILIALLIST>")
    canned.tell(GET_FILIAL_LIST=hidden, GET_DOCTOR_LIST=doctor(), PRICE_LIST=price())
    assert canned.gateway().directory().locations == ()
    assert len(canned.gateway(web_only=False).directory().locations) == 1


def test_the_list_of_doctors_is_read_page_by_page(canned: Canned) -> None:
    pages = ["".join(doctor(7000 + number) for number in range(500)), doctor(7500)]

    def page(body: bytes) -> bytes:
        first = int(body.split(b"<FIRSTROW>")[1].split(b"<")[0])
        return ack("GET_DOCTOR_LIST", pages[first // 500])

    canned.tell(GET_FILIAL_LIST=BRANCH, PRICE_LIST=price())
    canned.says["GET_DOCTOR_LIST"] = page
    assert len(canned.gateway().directory().practitioners) == 501


@pytest.mark.parametrize(
    ("doctors", "prices", "warning"),
    [
        (doctor() + doctor(code="x"), price(), "a doctor of branch 1 without DCODE or DNAME"),
        (doctor() + doctor(7002, name=""), price(), "a doctor of branch 1 without DCODE or DNAME"),
        (doctor(), price() + price("y"), "a row of the prices of department 501 can't be read"),
        (doctor(), price(amount="даром"), "service 1 has a price in branch 1 that isn't one"),
        (
            doctor() + doctor(7002).replace("<FILIAL>1<", "<FILIAL>9<"),
            price(),
            "branch 1 was asked for doctors and branch 9 answered",
        ),
    ],
)
def test_what_can_not_be_read_is_named_and_takes_nothing_away(
    canned: Canned, doctors: str, prices: str, warning: str
) -> None:
    canned.tell(GET_FILIAL_LIST=BRANCH, GET_DOCTOR_LIST=doctors, PRICE_LIST=prices)
    found = canned.gateway().directory()
    assert (found.completeness, found.warnings) == (Completeness.PARTIAL, (warning,))
    assert [one.id for one in found.practitioners] == ["7001"]


def test_duplicate_ids_are_one_record(canned: Canned) -> None:
    canned.tell(
        GET_FILIAL_LIST=BRANCH + BRANCH.replace("Клиника", "Двойник"),
        GET_DOCTOR_LIST=doctor() + doctor(dep="Невролог"),
        PRICE_LIST=price() + price(amount="2000.00") + price(2, ""),
    )
    found = canned.gateway().directory()
    assert [one.name for one in found.locations] == ["Клиника"]
    assert [one.specialties for one in found.practitioners] == [("Терапевт", "Невролог")]
    assert found.prices == (RemotePrice("1", "1", None, Decimal("1000.00")),)
    assert len(found.services) == 2
    assert found.warnings == (
        "branch 1 stands twice in the list: the first is taken",
        "service 1 has two prices in branch 1: the first is taken",
    )


@pytest.mark.parametrize(
    "told",
    [
        {"GET_FILIAL_LIST": "", "GET_DOCTOR_LIST": doctor(), "PRICE_LIST": price()},
        {"GET_FILIAL_LIST": BRANCH, "GET_DOCTOR_LIST": "", "PRICE_LIST": price()},
        {"GET_FILIAL_LIST": BRANCH, "GET_DOCTOR_LIST": doctor(), "PRICE_LIST": ""},
    ],
)
def test_trap_07_an_empty_list_is_suspicious(canned: Canned, told: dict[str, str]) -> None:
    canned.tell(**told)
    assert canned.gateway().directory().completeness is Completeness.SUSPICIOUS_EMPTY


def test_prices_that_do_not_come_leave_the_rest(clinic: Clinic) -> None:
    clinic.fault("http_500", operation="PRICE_LIST")
    found = clinic.gateway().directory()
    assert found.completeness is Completeness.PARTIAL
    assert len(found.practitioners) == 5
    assert found.warnings[0].startswith("the prices of department 501 in branch 1 did not come")


def test_without_doctors_there_is_no_directory(clinic: Clinic) -> None:
    clinic.fault("ae", operation="GET_DOCTOR_LIST")
    with pytest.raises(GatewayUnavailableError, match="an ACK that isn't AA"):
        clinic.gateway().directory()


def test_what_belongs_to_no_branch_is_asked_at_home_where_there_is_one(clinic: Clinic) -> None:
    clinic.gateway(home_branch="2", sender="567d3b7fdcd497c7dfdce901").directory()
    assert clinic.sent("GET_FILIAL_LIST")[0].branch == 2


def test_a_zone_that_is_none_is_named(canned: Canned) -> None:
    canned.tell(GET_FILIAL_LIST=BRANCH.replace(">3<", ">MSK<"), GET_DOCTOR_LIST=doctor(), PRICE_LIST=price())
    assert canned.gateway().directory().warnings == ("branch 1 has a TIMEZONE that isn't one",)
