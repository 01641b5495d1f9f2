"""What the clinic really holds, and a registrar, who keeps the same rules."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from testbench.inspection import Fields, Inspection, whole, word
from testbench.plain.clinic import Clinic, Json, RefusedError
from testbench.plain.faults import Faults
from testbench.refusal import Refusal


class ClinicInspection(Inspection):
    def __init__(self, clinic: Clinic, faults: Faults) -> None:
        super().__init__(faults)
        self._clinic = clinic
        self._gets["state"] = self._state
        self._posts |= {
            "book": self._book,
            "move": self._move,
            "cancel": self._cancel,
            "well": self._well,
            "reset": self._reset,
        }

    def _state(self) -> object:
        """Tell the rows as they are, and the visits among them in the form of every inspection API."""
        visits, zones = self._clinic.visits(), self._clinic.zones()
        return {
            "visits": visits,
            "bookings": [_booking(row, ZoneInfo(zones[row["branch"]])) for row in visits if row["branch"]],
        }

    def _book(self, fields: Fields) -> object:
        doctor, branch, begin = (word(fields, name) for name in ("doctor", "branch", "begin"))
        minutes = whole(fields, "minutes", least=1)
        return _done(lambda: self._clinic.clerk_books(doctor, branch, begin, minutes))

    def _move(self, fields: Fields) -> object:
        visit, begin = whole(fields, "visit"), word(fields, "begin")
        return _done(lambda: self._clinic.clerk_moves(visit, begin))

    def _cancel(self, fields: Fields) -> object:
        visit = whole(fields, "visit")
        return _done(lambda: self._clinic.clerk_cancels(visit))

    def _well(self, _: Fields) -> object:
        self._faults.reset()
        return {}

    def _reset(self, fields: Fields) -> object:
        seed = whole(fields, "seed", default=1)
        self._clinic.forget_visits()
        self._faults.reset(seed)
        return {"seed": seed}


def _booking(row: Json, zone: ZoneInfo) -> Json:
    return {
        "id": row["id"],
        "resource": row["doctor"],
        "location": row["branch"],
        "start": datetime.fromtimestamp(row["starts"] * 60, tz=zone).isoformat(),
        "end": datetime.fromtimestamp(row["ends"] * 60, tz=zone).isoformat(),
        "status": row["state"],
        "client_ref": row["reference"],
        "source": "site" if row["reference"] else "clerk",
    }


def _done(act: Callable[[], object]) -> object:
    """Tell the refusal of the clinic in the words of this API."""
    try:
        return {"result": act()}
    except RefusedError as refused:
        raise Refusal(refused.code, code=refused.code) from refused
    except (TypeError, ValueError) as error:
        raise Refusal(str(error), code="invalid") from error
