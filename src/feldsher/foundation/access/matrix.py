"""Who may do what with which class of data: the table of medical secrecy (323-ФЗ, ст. 13), as data.

One row a role, one cell a class; no cell means no right. A cell reads `[scope] rights [condition]`:

* rights: `r` read, `w` write, `m` read masked, `j` join;
* scope: none is all of the class; `own`, `team` (patients in an active care relation), `dept`, `ref` (until
  the term of a referral), `bg` (break-glass), `agg` (aggregates only). A scope is a relation that has to be
  computed, and until it is, its cell gives nothing;
* condition: what the one who reads has to see to. An action says which conditions it meets by its own nature
  (`policies`); a cell with any other gives nothing.

The rows are those of staff. Patients and their representatives get in by other doors; services and the
database's administrator are roles of the machine, not of a person who signs in.

Three columns are ours, because the table was drawn for what is secret and the staff pages need three things
that are not: `D`, what the clinic publishes of itself (doctors, branches, services, prices, looks; the table
writes it as «rw public» into the editor's S), `N`, how the exchange with the clinic's systems fares, and `W`,
what the clinic's site owes to the law: the editor's work, which the chief physician answers for and reads.
"""

from dataclasses import dataclass
from enum import StrEnum

from feldsher.foundation.access.roles import Role


class Column(StrEnum):
    """A class of data in the table of medical secrecy; not `privacy.DataClass`, which marks tables."""

    SLOTS = "S"
    APPOINTMENTS = "A"
    CONTACTS = "K"
    COMPLAINTS = "Z"
    CHART = "E"
    LAB = "L"
    PRESCRIPTIONS = "P"
    EXTRA_SENSITIVE = "H"
    INSURANCE = "I"
    PAYMENTS = "F"
    VIDEO = "V"
    JOURNAL = "J"
    CONSENTS = "C"
    SECRETS = "X"
    DIRECTORY = "D"
    INTEGRATION = "N"
    SITE_DUTIES = "W"


class Scope(StrEnum):
    ALL = "all"
    OWN = "own"
    TEAM = "team"
    DEPARTMENT = "dept"
    REFERRAL = "ref"
    BREAK_GLASS = "bg"
    AGGREGATES = "agg"


RIGHTS = frozenset("rwmj")


@dataclass(frozen=True, slots=True)
class Cell:
    """What one role may do with one class of data."""

    rights: frozenset[str]
    scope: Scope
    condition: str


_ROWS: dict[Role, dict[str, str]] = {
    Role.ATTENDING_DOCTOR: {
        "S": "r",
        "A": "team r",
        "K": "team r",
        "Z": "team rw",
        "E": "team rw",
        "L": "team r",
        "P": "team rw",
        "H": "team rw speciality",
        "I": "team r",
        "V": "own j",
        "J": "own r",
        "C": "team r",
        "D": "r",
    },
    Role.HEAD_OF_DEPARTMENT: {
        "S": "r",
        "A": "dept r",
        "K": "dept r",
        "Z": "dept r",
        "E": "dept r",
        "L": "dept r",
        "P": "dept r",
        "H": "dept r reason",
        "I": "dept r",
        "J": "dept r",
        "C": "dept r",
        "D": "r",
    },
    Role.OTHER_DOCTOR: {
        "S": "r",
        "A": "own rw",
        "E": "bg r",
        "L": "bg r",
        "P": "bg r",
        "H": "bg r second person",
        "D": "r",
    },
    Role.CONSULTANT: {
        "S": "r",
        "A": "ref r",
        "K": "ref m",
        "Z": "ref r",
        "E": "ref r",
        "L": "ref r",
        "P": "ref r",
        "H": "ref r in referral",
        "V": "ref j",
        "D": "r",
    },
    Role.NURSE: {
        "S": "r",
        "A": "dept r",
        "K": "dept r",
        "Z": "dept r",
        "E": "team r part",
        "L": "team r",
        "P": "team r",
        "D": "r",
    },
    Role.LAB_STAFF: {"K": "m", "L": "rw orders by barcode", "D": "r"},
    Role.REGISTRAR: {
        "S": "rw",
        "A": "rw",
        "K": "rw",
        "I": "r policy number",
        "F": "w bill",
        "C": "w collects",
        "D": "r",
        "N": "r",
    },
    Role.CALL_CENTRE: {"S": "r", "A": "rw today and later", "K": "r after check", "D": "r", "N": "r"},
    Role.INSURANCE_DESK: {
        "A": "r",
        "K": "r",
        "E": "r codes in register",
        "I": "rw",
        "F": "r",
        "C": "r",
        "D": "r",
    },
    Role.CASHIER: {"A": "r no speciality", "K": "r", "F": "rw", "C": "r contract", "D": "r"},
    Role.PHARMACIST: {"K": "m by order", "P": "r one shown prescription", "F": "rw order", "D": "r"},
    Role.CHIEF_PHYSICIAN: {
        "S": "r",
        "A": "r",
        "K": "r",
        "Z": "r reason",
        "E": "r reason",
        "L": "r reason",
        "P": "r reason",
        "H": "r reason",
        "I": "r",
        "F": "r",
        "J": "r",
        "C": "r",
        "D": "r",
        "N": "r",
        "W": "r",
    },
    Role.DATA_PROTECTION: {"A": "agg r", "K": "own r tickets", "J": "r", "C": "rw", "D": "r"},
    Role.SECURITY_AUDITOR: {"A": "r ids only", "J": "r verify", "X": "r hash", "D": "r"},
    Role.EDITOR: {"S": "r", "D": "rw", "W": "rw"},
    Role.SYSTEM_ADMIN: {"S": "r", "X": "rw without keys of data", "D": "r", "N": "rw"},
}


def _cell(text: str) -> Cell:
    first, _, rest = text.partition(" ")
    scope = Scope.ALL
    if first in set(Scope):
        scope, (first, _, rest) = Scope(first), rest.partition(" ")
    if not first or not RIGHTS.issuperset(first):
        raise ValueError(f"no cell of the matrix: {text!r}")
    return Cell(frozenset(first), scope, rest)


MATRIX: dict[Role, dict[Column, Cell]] = {
    role: {Column(letter): _cell(text) for letter, text in row.items()} for role, row in _ROWS.items()
}
