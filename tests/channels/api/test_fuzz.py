"""Schemathesis reads our own document and sends what it allows, and what it doesn't.

Whatever happens, the answer is no accident, has a documented status and type, and fits its schema.
"""

from typing import Any

import pytest
import schemathesis
from django.conf import settings as django_settings
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from channels.api.factory import ROOT
from channels.api.test_reference import OPERATIONS
from feldsher.conf.environment import BookingSettings

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]

ROUNDS = 30
WITHOUT_PARAMETERS = {"/specialties", "/locations"}
MODES = [
    (method, path, mode)
    for method, path in sorted(OPERATIONS)
    for mode in GenerationMode
    if mode is GenerationMode.POSITIVE or path not in WITHOUT_PARAMETERS
]

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _codes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody is asked for a code, what is sent to ask for one is hardly looked at."""
    monkeypatch.setattr(django_settings, "FELDSHER_BOOKING", BookingSettings(phone_proof="risk"))


@pytest.fixture(scope="module")
def document() -> Any:
    return schemathesis.openapi.from_wsgi(f"{ROOT}/openapi.json", get_wsgi_application())


@pytest.mark.parametrize(("method", "path", "mode"), MODES)
def test_whatever_is_sent_the_answer_fits_the_document(
    document: Any, method: str, path: str, mode: GenerationMode
) -> None:
    @settings(
        max_examples=ROUNDS,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=document[path][method].as_strategy(generation_mode=mode))
    def send(case: schemathesis.Case) -> None:
        case.call_and_validate(checks=CHECKS)

    send()
