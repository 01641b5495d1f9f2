"""The adapter by its kind in FELDSHER_MIS, and its host in the register."""

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from feldsher.conf.composition import build_gateway, remotes
from feldsher.conf.environment import MisSettings
from feldsher.integrations.mis.infoclinica import InfoclinicaGateway
from integrations.mis.infoclinica.factory import LOGIN

URL = "https://api.clinic.example/api/xml"


def entry(**options: Any) -> MisSettings:
    return MisSettings("ic", "infoclinica", URL, "site", "a-password", LOGIN | options)


def test_the_kind_names_the_adapter() -> None:
    assert isinstance(build_gateway(entry()), InfoclinicaGateway)


def test_a_mistake_is_told_with_the_entry_it_is_in() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^FELDSHER_MIS ic: option step_minutes must be"):
        build_gateway(entry(step_minutes=1))


def test_token_and_gateway_are_one_host_of_the_register(settings: Any) -> None:
    settings.FELDSHER_MIS = (entry(),)
    found = [host for host in remotes() if host.purpose == "MIS ic (infoclinica)"]
    assert [(host.name, host.port) for host in found] == [("api.clinic.example", 443)]
    assert "a-password" not in repr(found)
    assert "demo-secret" not in repr(entry())
