from collections.abc import Iterator

import pytest

from integrations.mis.plain.factory import Desk, Scripted
from integrations.mis.wires import http_port
from support.simulators import running
from testbench.plain.server import start


@pytest.fixture
def desk() -> Iterator[Desk]:
    with running(start) as simulator:
        yield Desk(simulator)


@pytest.fixture
def port() -> Iterator[Scripted]:
    scripted = Scripted()
    with http_port(scripted.answer) as scripted.host:
        yield scripted
