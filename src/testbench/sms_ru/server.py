"""One port: the API of SMS.RU, the inspection API under `/_bench/`, and a page of the last SMS at `/`."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from testbench.outbox import KEPT, Outbox
from testbench.running import Running
from testbench.sms import Act, Json, OutboxInspection, SmsHandler
from testbench.sms_ru import wire
from testbench.sms_ru.faults import Faults


@dataclass(frozen=True, slots=True)
class Options:
    """Port 0 lets the system choose. `per_second` and `kept` as in `Outbox`."""

    host: str = "127.0.0.1"
    port: int = 0
    api_key: str = "demo-key"
    per_second: float = 0
    kept: int = KEPT


class RunningSimulator(Running):
    def __init__(self, options: Options) -> None:
        super().__init__()
        self.outbox = Outbox(
            Faults(), status=wire.DELIVERED, name=_name, per_second=options.per_second, kept=options.kept
        )
        self.url = self.serve(
            (options.host, options.port),
            SmsRuHandler,
            inspection=OutboxInspection(
                self.outbox,
                form=lambda sms: wire.callback([(sms.id, sms.status)], api_key=options.api_key),
                statuses=wire.STATUSES,
            ),
            outbox=self.outbox,
            api_key=options.api_key,
            stopping=self.stopping,
        )
        self.addresses = {"url": self.url}


def start(**options: Any) -> RunningSimulator:
    """Start a simulator in this process; the options are those of `Options`."""
    return RunningSimulator(Options(**options))


def _name(number: int) -> str:
    return f"{datetime.now(tz=UTC):%Y%W}-{1_000_000 + number}"


class SmsRuHandler(SmsHandler):
    server_version = "sms-ru-stand-in"
    api_key: ClassVar[str]
    calls: ClassVar[Mapping[str, Act]] = wire.CALLS
    title: ClassVar[str] = "SMS.RU"

    def refusal(self, fields: dict[str, str]) -> Json | None:
        if not hmac.compare_digest(fields.get("api_id", "").encode(), self.api_key.encode()):
            return wire.error(wire.WRONG_KEY)
        refused = self.outbox.faults.draw("refuse_all", self.route)
        return None if refused is None else wire.error(refused.code)

    def nowhere(self) -> Json:
        return wire.error(wire.NO_RECIPIENT)
