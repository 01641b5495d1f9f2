"""The directory: branches, doctors, and the price list of each department in each branch (contract §1.3).

What can't be read is left out with a warning, and the snapshot then takes nothing away. Which services a
doctor gives is told nowhere; the overlay says it.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from feldsher.domain.directory.types import (
    Completeness,
    DirectorySnapshot,
    RemoteLocation,
    RemotePractitioner,
    RemotePrice,
    RemoteService,
    ServiceKind,
)
from feldsher.foundation.egress.client import LostError, NotSentError
from feldsher.integrations.mis.infoclinica import times
from feldsher.integrations.mis.infoclinica.door import Door, RefusedError
from feldsher.integrations.mis.infoclinica.envelope import Element, children, text
from feldsher.integrations.mis.infoclinica.profile import is_id
from feldsher.kernel import clock

PAGE = 500
MOST_PAGES = 1000
_PRICE = re.compile(r"\d{1,12}(?:[.,]\d{1,4})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Branch:
    """A FILIAL. `offset` is TIMEZONE in whole hours east of UTC, None where it isn't told."""

    id: str
    name: str
    offset: int | None


@dataclass(slots=True)
class _Doctor:
    name: str
    specialties: dict[str, None] = field(default_factory=dict)
    branches: dict[str, None] = field(default_factory=dict)


@dataclass(slots=True)
class _Draft:
    """The snapshot in the making. `is_whole` falls with the first thing that could not be read."""

    is_whole: bool = True
    warnings: list[str] = field(default_factory=list)
    doctors: dict[str, _Doctor] = field(default_factory=dict)
    departments: dict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    services: dict[str, RemoteService] = field(default_factory=dict)
    prices: dict[tuple[str, str], Decimal] = field(default_factory=dict)

    def lose(self, text: str) -> None:
        self.is_whole = False
        self.warnings.append(text)


def read_branches(door: Door, warnings: list[str]) -> tuple[Branch, ...]:
    """Return the branches that this gateway serves; raises NotSentError, LostError, RefusedError."""
    out = door.call("GET_FILIAL_LIST", (), seconds=door.profile.bulk_timeout)
    found: dict[str, Branch] = {}
    for row in children(out.element, "GETFILIALLIST"):
        branch = text(row, "FILIAL")
        if not is_id(branch):
            warnings.append("a branch without FILIAL")
            continue
        if door.profile.branches and branch not in door.profile.branches:
            continue
        if door.profile.web_only and text(row, "VIEWINWEB_OUT") == "0":
            continue
        if branch in found:
            warnings.append(f"branch {branch} stands twice in the list: the first is taken")
            continue
        try:
            offset = times.offset(text(row, "TIMEZONE"))
        except ValueError:
            offset = None
            warnings.append(f"branch {branch} has a TIMEZONE that isn't one")
        found[branch] = Branch(branch, text(row, "FNAME"), offset)
    return tuple(found.values())


def read_directory(door: Door) -> DirectorySnapshot:
    """Return the snapshot; raises NotSentError, LostError, RefusedError when branches or doctors fail."""
    as_of, draft = clock.now(), _Draft()
    branches = read_branches(door, draft.warnings)
    draft.is_whole = not draft.warnings
    for branch in branches:
        _add_doctors(door, branch.id, draft)
    for branch_id, departments in draft.departments.items():
        for department in departments:
            _add_prices(door, branch_id, department, draft)
    if not branches or not draft.doctors or not draft.services:
        completeness = Completeness.SUSPICIOUS_EMPTY
    else:
        completeness = Completeness.FULL if draft.is_whole else Completeness.PARTIAL
    return DirectorySnapshot(
        as_of=as_of,
        completeness=completeness,
        locations=tuple(RemoteLocation(branch.id, branch.name) for branch in branches),
        practitioners=tuple(_practitioner(key, doctor) for key, doctor in draft.doctors.items()),
        services=tuple(draft.services.values()),
        prices=tuple(
            RemotePrice(service, branch_id, None, amount)
            for (service, branch_id), amount in draft.prices.items()
        ),
        warnings=tuple(draft.warnings),
    )


def _add_doctors(door: Door, branch: str, draft: _Draft) -> None:
    """Read all pages of a branch's doctors: the list is cut without a word at LASTROW."""
    for page in range(MOST_PAGES):
        first = page * PAGE + 1
        out = door.call(
            "GET_DOCTOR_LIST",
            (
                ("FILLIST", branch),
                ("VIEWINWEB", "1" if door.profile.web_only else "-1"),
                ("FIRSTROW", str(first)),
                ("LASTROW", str(first + PAGE - 1)),
            ),
            branch=branch,
            seconds=door.profile.bulk_timeout,
        )
        rows = list(children(out.element, "GETDOCTORLIST"))
        for row in rows:
            _add_doctor(row, branch, draft)
        if len(rows) < PAGE:
            return
    raise LostError(f"the list of doctors of branch {branch} has no end")


def _add_doctor(row: Element, branch: str, draft: _Draft) -> None:
    doctor, name = text(row, "DCODE"), text(row, "DNAME")
    if text(row, "FILIAL") not in {"", branch}:
        draft.lose(f"branch {branch} was asked for doctors and branch {text(row, 'FILIAL')[:20]} answered")
        return
    if not is_id(doctor) or not name:
        draft.lose(f"a doctor of branch {branch} without DCODE or DNAME")
        return
    known = draft.doctors.setdefault(doctor, _Doctor(name))
    known.branches[branch] = None
    if text(row, "DEPNAME"):
        known.specialties[text(row, "DEPNAME")] = None
    if is_id(text(row, "DEPNUM")):
        draft.departments[branch][text(row, "DEPNUM")] = None


def _practitioner(key: str, doctor: _Doctor) -> RemotePractitioner:
    family, given, middle = [*doctor.name.split(maxsplit=2), "", "", ""][:3]
    return RemotePractitioner(
        id=key,
        family=family,
        given=given,
        middle=middle,
        specialties=tuple(doctor.specialties),
        location_ids=tuple(doctor.branches),
        services=(),
    )


def _add_prices(door: Door, branch: str, department: str, draft: _Draft) -> None:
    """Add a department's price list as the branch has it. FILIAL of a row is the price list's own number."""
    try:
        out = door.call(
            "PRICE_LIST", (("DEPNUM", department),), branch=branch, seconds=door.profile.bulk_timeout
        )
    except (LostError, NotSentError, RefusedError) as error:
        draft.lose(f"the prices of department {department} in branch {branch} did not come: {error}")
        return
    for row in children(out.element, "SCH"):
        service, price = text(row, "SCHID"), text(row, "SPRICE").replace("\u00a0", "").replace(" ", "")
        if not is_id(service) or not text(row, "SCHNAME"):
            draft.lose(f"a row of the prices of department {department} can't be read")
            continue
        draft.services.setdefault(
            service,
            RemoteService(
                id=service,
                name=text(row, "SCHNAME"),
                kind=ServiceKind.SERVICE,
                parent_id=None,
                code=text(row, "KODOPER"),
                minutes=None,
            ),
        )
        if not _PRICE.fullmatch(price):
            if price:
                draft.lose(f"service {service} has a price in branch {branch} that isn't one")
            continue
        amount = Decimal(price.replace(",", "."))
        if draft.prices.setdefault((service, branch), amount) != amount:
            draft.warnings.append(f"service {service} has two prices in branch {branch}: the first is taken")
