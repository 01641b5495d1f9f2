"""`demo`: database → simulators → migrations → demo data → worker → site, until Ctrl-C."""

import json
import os
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from feldsher.conf.demo.folder import (
    SOURCES,
    Address,
    check_disk,
    data_folder,
    home_folder,
    local_secrets,
    program_environment,
    second_places,
    site_address,
)
from feldsher.conf.demo.progress import Progress
from feldsher.conf.demo.running import (
    in_foreground,
    responds,
    start_product,
    take_folder,
    to_the_end,
    until_stopped,
    wait_until,
)
from feldsher.conf.demo.staff import STAFF, STAFF_PASSWORD
from feldsher.conf.supervisor import DatabaseServer, ProcessGroup, SupervisorError
from feldsher.conf.supervisor.home import JsonFile, free_port, make_private, write_private

LARGE_ARTICLES = 300
REPLIES_ZONE = "Europe/Moscow"
"""Where recorded replies are played: 1С names no zone, and nothing can be booked without one."""
DEMO_USER = DEMO_PASSWORD = "demo"  # noqa: S105 - of a simulator on the loopback
DEMO_KEY = "demo-key"
DEMO_OWNER = "+79000000099"
"""Told of a role that one administrator gives; only where the SMS stay in the simulator."""
BOOKING = {"phone_proof": "risk", "review_hours": 3}
"""What a demo has on that is off by default."""
MFA = "optional"
"""Everybody knows the password of a demo: a second factor would keep only its visitors out."""


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """`replies`: a folder of recorded MIS replies to serve instead of the generated network.

    `is_large`: the generated network has 500 doctors and 2,000 services, the site 300 articles.
    """

    replies: Path | None = None
    is_large: bool = False


@dataclass(frozen=True, slots=True)
class Simulators:
    """Where the simulators answer: 1С БИТ.УМЦ and its inspection API, SMS.RU with both on one port."""

    soap: str
    bench: str
    sms: str


class Demo:
    """One run of the demo on one data folder."""

    def __init__(self, options: DemoOptions, *, progress: Progress) -> None:
        self._options = options
        self._progress = progress
        self._home = home_folder()
        self._data = data_folder(self._home, options.replies, is_large=options.is_large)
        self._logs = self._data / "logs"

    @property
    def endpoints(self) -> Path:
        return self._home / "endpoints.json"

    def run(self) -> NoReturn:
        """Start all, tell where it is, and wait; ends by StopRequest or SupervisorError, with all stopped."""
        until_stopped(self._start)

    def _start(self, stack: ExitStack) -> None:
        """Start the parts in their order; what must be undone is left to the stack."""
        started = time.monotonic()
        take_folder(self._home, stack, what="a demo", chosen_by="FELDSHER_HOME")
        make_private(self._data)
        check_disk(self._home, what="the demo", chosen_by="FELDSHER_HOME")
        address = site_address()
        database = DatabaseServer(self._data, report=self._progress.say)
        with self._progress.step("database"):
            stack.enter_context(database)
        group = stack.enter_context(ProcessGroup(self._logs, report=self._progress.say))
        environment = self._base_environment(address) | database.urls.environment()
        with self._progress.step("simulators (1С БИТ.УМЦ, SMS.RU)"):
            simulators = self._start_simulators(group)
        environment |= {"FELDSHER_MIS": self._mis(simulators)} | sms_variables(simulators.sms)
        with self._progress.step("migrations"):
            to_the_end("migrate", environment, logs=self._logs)
        with self._progress.step("demo data and first synchronisation"):
            seed = ("manage", "demo_seed", *self._overlay(), *self._articles())
            to_the_end("demo_seed", environment, logs=self._logs, arguments=seed)
        with self._progress.step("worker and site"):
            start_product(group, environment, address=address)
        told = {
            "site": address.url,
            "testbench": {"bit_umc": simulators.bench, "sms_ru": simulators.sms},
            "database": database.urls.application,
        }
        write_private(self.endpoints, json.dumps(told))
        self._tell(address, simulators, seconds=time.monotonic() - started)

    def _base_environment(self, address: Address) -> dict[str, str]:
        variables = (
            local_secrets(self._data)
            | second_places(self._data)
            | {
                "DJANGO_SETTINGS_MODULE": "feldsher.conf.settings",
                "FELDSHER_HOME": str(self._home),
                "FELDSHER_DEMO": "1",
                "FELDSHER_HOST": address.host,
                "FELDSHER_PORT": str(address.port),
                "FELDSHER_SITE_URL": address.url,
                "FELDSHER_BOOKING": os.environ.get("FELDSHER_BOOKING") or json.dumps(BOOKING),
                "FELDSHER_STAFF_MFA": os.environ.get("FELDSHER_STAFF_MFA") or MFA,
            }
        )
        if self._options.replies is not None:
            variables["FELDSHER_DEFAULT_ZONE"] = REPLIES_ZONE
        if address.host != "127.0.0.1" and "FELDSHER_HOSTS" not in os.environ:
            variables["FELDSHER_HOSTS"] = "*"
        given = {
            name: os.environ[name]
            for name in (
                *("FELDSHER_SITE_URL", "FELDSHER_SECRET"),
                *("FELDSHER_AUDIT_KEY", "FELDSHER_AUDIT_SINK", "FELDSHER_AUDIT_LINES"),
            )
            if name in os.environ
        }
        return program_environment(**(variables | given))

    def _start_simulators(self, group: ProcessGroup) -> Simulators:
        """Start them on remembered ports, so that a restart after a crash is found at the same address."""
        places = JsonFile(self._data / "testbench.json")
        ports = {name: free_port(remembered=places.read().get(name)) for name in ("soap", "bench", "sms")}
        places.update(**ports)
        sms = [sys.executable, "-m", "testbench.sms_ru", "--host", "127.0.0.1", "--key", DEMO_KEY]
        sms_ru = group.start("sms_ru", [*sms, "--port", str(ports["sms"])], environment=program_environment())
        command = [sys.executable, "-m", "testbench.bit_umc", "--host", "127.0.0.1", "--seed", "1"]
        command += ["--port", str(ports["soap"]), "--bench-port", str(ports["bench"])]
        command += ["--user", DEMO_USER, "--password", DEMO_PASSWORD]
        command += ["--state", str(self._data / "bit_umc.json")]
        if self._options.replies is not None:
            command += ["--replies", str(self._options.replies.resolve())]
        if self._options.is_large:
            command.append("--large")
        kept = group.start("bit_umc", command, environment=program_environment())
        ready: dict[str, Any] = {}

        def answers() -> bool:
            ready.update(first_json(kept.log))
            return "soap" in ready and responds(f"{ready['bench']}/_bench/state")

        sms_url = f"http://127.0.0.1:{ports['sms']}"
        wait_until(answers, kept)
        wait_until(lambda: responds(f"{sms_url}/_bench/state"), sms_ru)
        return Simulators(soap=str(ready["soap"]), bench=str(ready["bench"]), sms=sms_url)

    def _overlay(self) -> tuple[str, ...]:
        """Return what the generated network's clinic would have typed in; recorded replies have no clinic."""
        if self._options.replies is not None:
            return ()
        return ("--overlay", str(SOURCES / "testbench" / "bit_umc" / "overlay.json"))

    def _articles(self) -> tuple[str, ...]:
        return ("--articles", str(LARGE_ARTICLES)) if self._options.is_large else ()

    def _mis(self, simulators: Simulators) -> str:
        entry = {"id": "umc", "kind": "bit_umc", "url": simulators.soap}
        return os.environ.get("FELDSHER_MIS") or json.dumps(
            [entry | {"user": DEMO_USER, "password": DEMO_PASSWORD}]
        )

    def _tell(self, address: Address, simulators: Simulators, *, seconds: float) -> None:
        mfa = os.environ.get("FELDSHER_STAFF_MFA") or MFA
        lines = (
            "",
            f"Feldsher runs ({seconds:.1f} s).",
            f"  site              {address.url}/",
            f"  API, with docs    {address.url}/api/v1/docs",
            f"  MIS (SOAP)        {simulators.soap}   user {DEMO_USER}, password {DEMO_PASSWORD}",
            f"  inside the MIS    {simulators.bench}/   (JSON: /_bench/state)",
            f"  SMS are read at   {simulators.sms}/   (JSON: /_bench/state)",
            f"  patients          {address.url}/lk/   a phone that has booked, and the code of its SMS",
            f"  staff             {address.url}/desk/   password {STAFF_PASSWORD}",
            f"                    users {', '.join(STAFF)}",
            f"                    second factor {mfa} here; required elsewhere (FELDSHER_STAFF_MFA)",
            f"  endpoints         {self.endpoints}",
            f"  logs              {self._logs}",
            "Ctrl-C stops everything.",
        )
        self._progress.say("\n".join(lines))


def run_demo(options: DemoOptions) -> int:
    """Run the demo in the foreground; returns the exit code: 0 after Ctrl-C or SIGTERM."""
    progress = Progress()

    def run() -> NoReturn:
        if options.replies is not None and not options.replies.is_dir():
            raise SupervisorError("no_replies", f"the folder of replies {options.replies} does not exist")
        Demo(options, progress=progress).run()

    in_foreground(run, progress=progress)
    return 0


def sms_variables(url: str) -> dict[str, str]:
    """Return what sends SMS into the simulator; nothing where the caller has named a provider."""
    if os.environ.get("FELDSHER_SMS"):
        return {}
    return {
        "FELDSHER_SMS": json.dumps({"kind": "sms_ru", "api_key": DEMO_KEY, "url": url}),
        "FELDSHER_OWNER_PHONE": os.environ.get("FELDSHER_OWNER_PHONE") or DEMO_OWNER,
    }


def first_json(log: Path) -> dict[str, Any]:
    """Return the first line of the log that is a JSON object: a testbench server says so that it is ready."""
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []:
        if line.startswith("{"):
            try:
                return dict(json.loads(line))
            except ValueError:
                continue
    return {}
