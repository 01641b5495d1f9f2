"""How far a visit is, in the words of a list."""

from feldsher.domain.scheduling.types import State

STATES = {
    State.BOOKING: "ждём ответа\u00a0МИС",
    State.BOOKED: "записан",
    State.UNKNOWN: "МИС не\u00a0ответила",
    State.CANCELLING: "отменяется",
    State.ARRIVED: "пришёл",
    State.FULFILLED: "приём прошёл",
    State.NOSHOW: "не\u00a0пришёл",
}
