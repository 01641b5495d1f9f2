"""What the page tells a programmer to send and to answer is the contract's."""

import json
import re
from pathlib import Path

import jsonschema_rs
import pytest

from integrations.mis.plain.test_contract import is_valid
from testbench.plain.contract import FILE

PAGE = Path(FILE).with_name("plain.md").read_text(encoding="utf-8")
ANSWERS = [json.loads(block) for block in re.findall(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)]
SCHEMAS = ["Directory", "FreeTime", "Visit", "Visit", "Changes"]


def test_the_page_shows_an_answer_of_each_kind() -> None:
    assert len(ANSWERS) == len(SCHEMAS)


@pytest.mark.parametrize(("answer", "schema"), list(zip(ANSWERS, SCHEMAS, strict=True)))
def test_an_answer_of_the_page_fits_the_contract(answer: object, schema: str) -> None:
    assert is_valid(schema, answer)


def test_the_booking_of_the_page_fits_the_contract() -> None:
    found = re.search(r"-d '(\{.*?\})'$", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    assert is_valid("Booking", json.loads(found[1]))


def test_the_file_is_a_document_of_openapi_whose_schemas_can_be_read() -> None:
    document = json.loads(FILE.read_text(encoding="utf-8"))
    assert document["openapi"] == "3.1.0"
    for name in document["components"]["schemas"]:
        root = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        assert jsonschema_rs.validator_for(root).is_valid(None) is False
