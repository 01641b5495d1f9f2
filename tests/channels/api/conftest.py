from collections.abc import Callable
from typing import Any
from unittest.mock import create_autospec

import pytest

from feldsher.channels.api import booking, find


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Put an invented answer in the place of a service or selector; returns the double."""
    places = {"services": booking.services, "selectors": booking.selectors, "directory": find.directory}

    def put(place: str, name: str, outcome: Any) -> Any:
        double = create_autospec(getattr(places[place], name))
        if isinstance(outcome, Exception):
            double.side_effect = outcome
        else:
            double.return_value = outcome
        monkeypatch.setattr(places[place], name, double)
        return double

    return put
