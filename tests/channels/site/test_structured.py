"""JSON-LD: what each page says, in schema.org's own words, and that no text breaks out of its block.

The vocabulary is that of schema-dts: each page's graph becomes a literal of its type `Graph`, and the
compiler refuses a property that a type does not have and a value out of its range. An action's `query-input`
is the annotation of its property `query` (schema.org/docs/actions.html), and is checked as that property.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest
from django.test import Client

from channels.site.browser import ROOT
from channels.site.factory import MONDAY, MOSCOW_BRANCH, SERVICE, URAL_BRANCH, branch, doctor, ural
from feldsher.channels.site import structured
from feldsher.domain.directory.types import PriceQuery, ServiceCard
from feldsher.domain.directory.types.places import LegalCard

MODULES = ROOT / "frontend" / "checks" / "node_modules"
TYPES = MODULES / "schema-dts" / "dist" / "schema.js"
TSC = MODULES / "typescript" / "bin" / "tsc"
CARD = doctor(1, "Небывалова")
LEGAL = LegalCard("ООО «Икс»", "ООО «Икс» полностью", "0000000000", "0000000000000", "Л1", date(2024, 2, 1))
HOSTILE = "</script><script>alert(1)</script>&\u2028"
PAGES = {
    "home": "/",
    "doctor": f"/doctors/{CARD.id}/",
    "service": f"/services/{SERVICE}/",
    "service_branch": f"/services/{SERVICE}/branch/{MOSCOW_BRANCH}/",
    "branches": "/branches/",
    "branch": f"/branches/{MOSCOW_BRANCH}/",
    "doctors": "/doctors/",
    "listing": f"/specialties/terapevt/branch/{MOSCOW_BRANCH}/",
    "services": "/services/",
}
Put = Callable[..., Any]
Graph = list[dict[str, Any]]


def graph_of(body: str) -> Graph:
    found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', body, re.DOTALL)
    assert len(found) == 1
    said = json.loads(found[0])
    assert said["@context"] == "https://schema.org"
    return cast("Graph", said["@graph"])


@pytest.fixture
def graphs(client: Client, clinic: Put) -> dict[str, Graph]:
    """Return what each kind of page says of a clinic that has said everything of itself."""
    clinic("directory", "locations", (branch(legal=LEGAL), ural()))
    clinic("directory", "service", ServiceCard(SERVICE, "Первичный приём", 30, "Натощак", "Полис"))
    amounts = {(MOSCOW_BRANCH, 1900), (URAL_BRANCH, 0)}
    clinic(
        "directory",
        "prices",
        {PriceQuery(SERVICE, pk, CARD.id, MONDAY.date()): Decimal(amount) for pk, amount in amounts},
    )
    return {name: graph_of(client.get(address).content.decode()) for name, address in PAGES.items()}


def _said(graph: Graph) -> dict[str, dict[str, Any]]:
    return {thing["@type"]: thing for thing in graph}


def compiled(sources: Mapping[str, object], folder: Path) -> list[str]:
    """Return what the compiler says against these literals of `Graph`, none where all is right."""
    node = shutil.which("node")
    if node is None or not TSC.is_file() or not TYPES.is_file():
        missing = "no schema-dts or typescript: npm ci --prefix frontend/checks"
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    lines = [f'import type {{ Graph }} from "{TYPES.as_posix()}";']
    for name, graph in sources.items():
        literal = json.dumps({"@context": "https://schema.org", "@graph": graph}, ensure_ascii=False)
        lines.append(f"export const {name}: Graph = {literal.replace('query-input', 'query')};")
    source = folder / "pages.ts"
    source.write_text("\n".join(lines), encoding="utf-8")
    options = ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--target", "es2022"]
    answer = subprocess.run(
        [node, str(TSC), *options, "--pretty", "false", str(source)],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        cwd=folder,
    )
    return [line for line in answer.stdout.splitlines() if "error TS" in line]


@pytest.mark.slow
def test_each_page_uses_the_vocabulary_as_it_is(graphs: dict[str, Graph], tmp_path: Path) -> None:
    assert compiled(graphs, tmp_path) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("thing", "wrong"),
    [
        ({"@type": "MedicalClinic", "name": "А", "colour": "зелёный"}, "colour"),
        ({"@type": "MedicalClinic", "name": "А", "geo": {"@type": "Offer", "price": 1}}, "Offer"),
        ({"@type": "MedicalProcedure", "name": "А", "offers": {"@type": "Offer"}}, "offers"),
        ({"@type": "Offer", "priceCurrency": 643}, "643"),
        ({"@type": "MedicalKlinic", "name": "А"}, "MedicalKlinic"),
    ],
    ids=["property", "range of a thing", "property of another type", "range of a text", "type"],
)
def test_control_a_wrong_word_is_caught(thing: object, wrong: str, tmp_path: Path) -> None:
    assert len(compiled({"page": [thing]}, tmp_path)) == 1, wrong


def test_each_kind_of_page_says_its_own_things(graphs: dict[str, Graph]) -> None:
    assert {name: sorted({thing["@type"] for thing in graph}) for name, graph in graphs.items()} == {
        "home": ["MedicalOrganization", "WebSite"],
        "doctor": ["BreadcrumbList", "Physician"],
        "service": ["BreadcrumbList", "MedicalClinic", "MedicalProcedure", "Offer"],
        "service_branch": ["BreadcrumbList", "MedicalClinic", "MedicalProcedure", "Offer"],
        "branches": ["BreadcrumbList"],
        "branch": ["BreadcrumbList", "MedicalClinic"],
        "doctors": ["BreadcrumbList"],
        "listing": ["BreadcrumbList"],
        "services": ["BreadcrumbList"],
    }


def test_a_branch_says_its_address_hours_degrees_and_entity(graphs: dict[str, Graph]) -> None:
    clinic = _said(graphs["branch"])["MedicalClinic"]
    assert clinic["address"]["streetAddress"] == "Условная ул., 18"
    assert clinic["geo"] == {"@type": "GeoCoordinates", "latitude": 55.7643, "longitude": 37.6056}
    (hours,) = clinic["openingHoursSpecification"]
    assert (len(hours["dayOfWeek"]), hours["opens"], hours["closes"]) == (7, "09:00", "20:00")
    assert clinic["parentOrganization"]["taxID"] == "0000000000"


def test_a_price_is_an_offer_in_roubles_and_none_is_no_offer(graphs: dict[str, Graph]) -> None:
    offers = [thing for thing in graphs["service"] if thing["@type"] == "Offer"]
    assert [(item["price"], item["priceCurrency"]) for item in offers] == [(1900.0, "RUB")]
    assert offers[0]["availableAtOrFrom"] == {"@id": f"http://testserver/branches/{MOSCOW_BRANCH}/#clinic"}
    several = structured.offer(
        ServiceCard(SERVICE, "А", None), Decimal(5), is_exact=False, origin="", paths=("/a/", "/b/")
    )
    assert "price" not in several
    assert several["priceSpecification"] == {
        "@type": "PriceSpecification",
        "minPrice": 5.0,
        "priceCurrency": "RUB",
    }


def test_breadcrumbs_are_those_that_a_reader_sees(client: Client, graphs: dict[str, Graph]) -> None:
    steps = _said(graphs["service_branch"])["BreadcrumbList"]["itemListElement"]
    assert [step["name"] for step in steps] == ["Главная", "Услуги", "Первичный приём", "На Условной"]
    assert steps[-1]["item"] == f"http://testserver{PAGES['service_branch']}"
    seen = client.get(PAGES["service_branch"]).content.decode().split('class="crumbs"')[1].split("</nav>")[0]
    assert [name for name in (step["name"] for step in steps) if name not in seen] == []


def test_what_is_not_known_is_not_said() -> None:
    place = branch(address="", phone="", hours="когда как", latitude=None)
    assert set(structured.clinic(place, origin="", path="/b/")) == {"@type", "@id", "name", "url"}
    round_the_clock = structured.clinic(branch(hours="круглосуточно"), origin="", path="/b/")
    (hours,) = cast("list[dict[str, object]]", round_the_clock["openingHoursSpecification"])
    assert (hours["opens"], hours["closes"]) == ("00:00", "23:59")


def test_no_text_breaks_out_of_the_block(client: Client, clinic: Put) -> None:
    clinic("directory", "service", ServiceCard(SERVICE, HOSTILE, 30))
    body = client.get(PAGES["service"]).content.decode()
    assert "<script>alert" not in body
    procedure = _said(graph_of(body))["MedicalProcedure"]
    assert procedure["name"] == HOSTILE
    assert not set("<>&\u2028") & set(structured.block([{"name": HOSTILE}]))
