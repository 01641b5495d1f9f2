"""Every adapter passes every scenario that its MIS allows, and leaves nothing behind."""

import pytest

from feldsher.integrations.mis.conformance import SCENARIOS, Report, Status
from integrations.mis.conformance.stands import STANDS
from integrations.mis.conformance.table import PAGE, render


@pytest.fixture(scope="module")
def reports() -> dict[str, Report]:
    return {}


@pytest.mark.parametrize("name", STANDS)
def test_an_adapter_passes_and_nothing_of_the_check_is_left_in_its_mis(
    reports: dict[str, Report], name: str
) -> None:
    with STANDS[name].running() as running:
        report = reports[name] = running.check()
        assert running.standing() == []
    assert (report.exit_code, report.left) == (0, [])
    assert [result.name for result in report.results] == [scenario.name for scenario in SCENARIOS]
    assert {result.status for result in report.results} == {Status.PASSED, Status.NOT_APPLICABLE}
    passed = {result.name for result in report.results if result.status is Status.PASSED}
    assert passed >= {"directory", "zones", "breaks", "empty", "book", "cancel", "taken", "lost", "late"}


def test_the_table_of_the_documentation_is_not_stale(reports: dict[str, Report]) -> None:
    if reports.keys() != STANDS.keys():
        pytest.fail("run this file whole: the table is made from all of its tests")
    assert PAGE.read_text(encoding="utf-8") == render(reports), "run scripts/conformance_table.py"
