"""One port: the API of SMSC.RU, the inspection API under `/_bench/`, and a page of the last SMS at `/`."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from testbench.outbox import Outbox
from testbench.running import Running
from testbench.sms import Act, Json, OutboxInspection, SmsHandler
from testbench.smsc_ru import wire
from testbench.smsc_ru.faults import Faults


@dataclass(frozen=True, slots=True)
class Options:
    """Port 0 lets the system choose. A key is taken as `apikey`, else as `psw` with the login."""

    host: str = "127.0.0.1"
    port: int = 0
    login: str = "demo"
    api_key: str = "demo-key"
    secret: str = "demo-secret"  # noqa: S105 - of a stand-in on the loopback


class RunningSimulator(Running):
    def __init__(self, options: Options) -> None:
        super().__init__()
        self.outbox = Outbox(Faults(), status=wire.DELIVERED)
        self.url = self.serve(
            (options.host, options.port),
            SmscRuHandler,
            inspection=OutboxInspection(
                self.outbox,
                form=lambda sms: wire.callback(sms, secret=options.secret),
                statuses=wire.STATUSES,
            ),
            outbox=self.outbox,
            login=options.login,
            api_key=options.api_key,
            stopping=self.stopping,
        )
        self.addresses = {"url": self.url}


def start(**options: Any) -> RunningSimulator:
    """Start a simulator in this process; the options are those of `Options`."""
    return RunningSimulator(Options(**options))


class SmscRuHandler(SmsHandler):
    server_version = "smsc-ru-stand-in"
    login: ClassVar[str]
    api_key: ClassVar[str]
    calls: ClassVar[Mapping[str, Act]] = wire.CALLS
    title: ClassVar[str] = "SMSC.RU"

    def refusal(self, fields: dict[str, str]) -> Json | None:
        given = fields.get("apikey", "")
        if not given and fields.get("login") == self.login:
            given = fields.get("psw", "")
        if not hmac.compare_digest(given.encode(), self.api_key.encode()):
            return wire.error(wire.WRONG_LOGIN)
        return None if fields.get("fmt") == "3" else wire.error(wire.PARAMETERS)

    def nowhere(self) -> Json:
        return wire.error(wire.PARAMETERS)
