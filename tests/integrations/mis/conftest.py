from collections.abc import Iterator

import httpx
import pytest


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    """What a test calls the inspection API of a simulator with."""
    with httpx.Client(timeout=10, trust_env=False) as client:
        yield client
