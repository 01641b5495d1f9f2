"""How far a visit is, in the words of a list."""

from feldsher.domain.scheduling.types import State, VisitRow

STATES = {
    State.BOOKING: "ждём ответа\u00a0МИС",
    State.BOOKED: "записан",
    State.UNKNOWN: "МИС не\u00a0ответила",
    State.CANCELLING: "отменяется",
    State.ARRIVED: "пришёл",
    State.FULFILLED: "приём прошёл",
    State.NOSHOW: "не\u00a0пришёл",
}


def state_words(visit: VisitRow) -> list[str]:
    """Return how far a visit is, and what else a list says of it."""
    found = [STATES[visit.state]]
    if visit.is_over:
        found.append("поверх другой записи")
    if visit.is_coming:
        found.append("ответил, что\u00a0придёт")
    return found
