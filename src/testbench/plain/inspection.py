"""What the clinic really holds, and a registrar, who keeps the same rules."""

from collections.abc import Callable

from testbench.inspection import Fields, Inspection, whole, word
from testbench.plain.clinic import Clinic, RefusedError
from testbench.plain.faults import Faults
from testbench.refusal import Refusal


class ClinicInspection(Inspection):
    def __init__(self, clinic: Clinic, faults: Faults) -> None:
        super().__init__(faults)
        self._clinic = clinic
        self._gets["state"] = lambda: {"visits": clinic.visits()}
        self._posts |= {"book": self._book, "move": self._move, "cancel": self._cancel, "well": self._well}

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


def _done(act: Callable[[], object]) -> object:
    """Tell the refusal of the clinic in the words of this API."""
    try:
        return {"result": act()}
    except RefusedError as refused:
        raise Refusal(refused.code, code=refused.code) from refused
    except (TypeError, ValueError) as error:
        raise Refusal(str(error), code="invalid") from error
