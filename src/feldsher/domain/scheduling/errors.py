"""Refusals of scheduling: each says in Russian what to do next, and has a code that never changes."""

from feldsher.domain.scheduling.types import OpenSlot
from feldsher.kernel.errors import DomainError


class SlotTokenError(DomainError):
    """The token was not made here, was altered, or has expired."""

    code = "slot_invalid"
    status = 422
    sentence = "Это время больше не действует. Откройте расписание врача и выберите время ещё раз."


class SlotTakenError(DomainError):
    """The time is no longer free; `alternatives` are the nearest free ones of the same doctor."""

    code = "slot_taken"
    status = 409
    sentence = "Это время заняли раньше. Выберите другое."

    def __init__(
        self,
        detail: str | None = None,
        *,
        alternatives: tuple[OpenSlot, ...] = (),
        sentence: str | None = None,
    ) -> None:
        super().__init__(detail, sentence=sentence)
        self.alternatives = alternatives


class SlotInPastError(DomainError):
    code = "slot_in_past"
    status = 409
    sentence = "Это время уже прошло или до приёма осталось слишком мало. Выберите более позднее."


class SlotNotOfferedError(SlotTakenError):
    """The start is not one that the schedule offers now (withdrawn, moved, or never offered)."""

    code = "slot_not_offered"
    sentence = "Этого времени в расписании уже нет. Выберите другое."


class NotOverbookableError(DomainError):
    """No visit may stand over another there: a MIS decides, the rules say so, or the doctor is elsewhere."""

    code = "not_overbookable"
    status = 409
    sentence = "Записать поверх на\u00a0это время нельзя. Выберите свободное время."


class MoreTakenError(DomainError):
    """Something stands at the time by now that whoever books over it was not told of."""

    code = "more_taken"
    status = 409
    sentence = (
        "Пока страница была открыта, это время занял ещё кто-то. "
        "Посмотрите, что там теперь, и\u00a0решите снова."
    )


class OverbookFullError(DomainError):
    """As many visits stand over others at the time as the rules allow."""

    code = "overbook_full"
    status = 409
    sentence = "Поверх этого времени записано столько, сколько разрешают правила. Выберите другое время."


class QuotaFullError(SlotTakenError):
    """The doctor's online visits of that day are given away; the rest is for the registrar."""

    code = "quota_full"
    sentence = "На этот день записаться на сайте больше нельзя. Выберите другой день или позвоните в клинику."


class BookingStoppedError(DomainError):
    """Staff stopped online booking of the doctor, the branch or everything."""

    code = "booking_stopped"
    status = 409
    sentence = (
        "Онлайн-запись сейчас остановлена. Позвоните в клинику или оставьте телефон: позвоним и запишем."
    )


class AnswersRequiredError(DomainError):
    """The offer asks something of the patient that the slot's token does not answer."""

    code = "answers_required"
    status = 409
    sentence = (
        "На этот приём записывают не всех. Ответьте на вопросы над расписанием и выберите время ещё раз."
    )


class BusyTryAgainError(DomainError):
    """A lock could not be had in time; nothing was written."""

    code = "busy_try_again"
    status = 503
    sentence = "Сейчас записывается много людей. Нажмите ещё раз через несколько секунд."
    retryable = True


class TooManyHoldsError(DomainError):
    code = "too_many_holds"
    status = 429
    sentence = "С этого устройства уже занято несколько времён. Закончите запись или отпустите лишние."


class TooManyVisitsError(DomainError):
    code = "too_many_visits"
    status = 429
    sentence = "На этот телефон уже записано много визитов. Позвоните в клинику, и регистратор запишет."


class ScheduleStaleError(DomainError):
    """The MIS has been silent longer than the freshness limit, so that no time may be offered."""

    code = "schedule_stale"
    status = 503
    sentence = "Расписание сейчас не обновляется. Оставьте телефон: позвоним и запишем."
    retryable = True


class HoldExpiredError(DomainError):
    code = "hold_expired"
    status = 409
    sentence = "Время ждало десять минут и освободилось. Выберите его ещё раз, если оно свободно."


class HoldNotFoundError(DomainError):
    code = "hold_not_found"
    status = 404
    sentence = "Такой записи нет. Выберите время заново."


class ConsentRequiredError(DomainError):
    code = "consent_required"
    status = 422
    sentence = "Без согласия на обработку персональных данных записать нельзя. Отметьте согласие."


class PatientBusyError(DomainError):
    """The same patient has another visit at that time in this system."""

    code = "patient_conflict"
    status = 409
    sentence = "На это время вы уже записаны. Выберите другое или отмените прежнюю запись."


class PhoneProofRequiredError(DomainError):
    """The confirmation needs a code that was sent to the phone; the hold stays. Says nothing of why."""

    code = "phone_proof_required"
    status = 403
    sentence = "Подтвердите телефон: введите код, который придёт в\u00a0SMS."


class PhoneCodeNotNeededError(DomainError):
    """This clinic asks nobody for a code."""

    code = "phone_code_not_needed"
    status = 409
    sentence = "Код для этой записи не\u00a0нужен."


class TakenInMisError(SlotTakenError):
    """Between MIS and site the first commit wins: a registrar was earlier."""

    code = "taken_in_mis"
    sentence = "Это время только что заняли в регистратуре. Запись не сделана. Ближайшие времена ниже."


class NotCancellableError(DomainError):
    code = "not_cancellable"
    status = 409
    sentence = "Эту запись отменить здесь нельзя. Позвоните в клинику."


class NotMovableError(DomainError):
    code = "not_movable"
    status = 409
    sentence = (
        "Эту запись уже не\u00a0перенести: приём начался, запись отменена или её уже переносят. "
        "Посмотрите, что с\u00a0ней сейчас."
    )


class TooLateToChangeError(DomainError):
    """The clinic lets a patient cancel or move a visit on their own up to a moment that has passed."""

    code = "too_late_to_change"
    status = 409
    sentence = "Отменить или перенести эту запись самому уже поздно. Позвоните в\u00a0клинику: поможем."

    def __init__(self, detail: str | None = None, *, phone: str = "") -> None:
        """`phone` is the branch's, as a person reads it."""
        words = f"Отменить или перенести эту запись самому уже поздно. Позвоните в\u00a0клинику: {phone}."
        super().__init__(detail, sentence=words if phone else None)


class NotWaitableError(DomainError):
    """Nothing earlier can be waited for: the visit is near, ended or called off, or nobody could be told."""

    code = "not_waitable"
    status = 409
    sentence = (
        "Ждать более раннего времени для этой записи уже нельзя. "
        "Посмотрите, что с\u00a0ней сейчас, или выберите время сами."
    )


class WishNotFoundError(DomainError):
    code = "wish_not_found"
    status = 404
    sentence = (
        "В\u00a0листе ожидания вас нет. Проверьте ссылку из\u00a0SMS или встаньте в\u00a0очередь снова."
    )


class NoWaitingListError(DomainError):
    """Nobody could be told of a time."""

    code = "no_waiting_list"
    status = 409
    sentence = "Листа ожидания у\u00a0клиники нет. Оставьте телефон: позвоним и\u00a0запишем."


class TooManyWishesError(DomainError):
    code = "too_many_wishes"
    status = 429
    sentence = "На этот телефон уже ждут времени у\u00a0нескольких врачей. Позвоните в\u00a0клинику, поможем."


class OfferOverError(DomainError):
    """The offered time was answered, has run out, or was never this visit's."""

    code = "offer_over"
    status = 409
    sentence = (
        "Это предложение больше не\u00a0действует, а\u00a0ваша запись осталась прежней. "
        "Если вы\u00a0ещё в\u00a0очереди, пришлём следующее."
    )


class NotMarkableError(DomainError):
    """The visit can't get this mark of attendance from where it stands, or not yet."""

    code = "not_markable"
    status = 409
    sentence = (
        "Этой записи такую отметку не поставить: она отменена, не подтверждена или уже отмечена иначе. "
        "Отметки назад не берут. Посмотрите записи на день."
    )


class NotRemindedError(DomainError):
    code = "not_reminded"
    status = 409
    sentence = (
        "Ответ не\u00a0нужен: запись отменена, перенесена или приём начался. "
        "Посмотрите, что с\u00a0ней сейчас."
    )


class AppointmentNotFoundError(DomainError):
    code = "appointment_not_found"
    status = 404
    sentence = "Такой записи нет. Проверьте ссылку из сообщения."


class BadFilterError(DomainError):
    code = "bad_filter"
    status = 422
    sentence = "Выберите врача, специальность или услугу."


class InProgressError(DomainError):
    """A twin of this call is running right now."""

    code = "in_progress"
    status = 409
    sentence = "Этот же запрос уже выполняется. Подождите несколько секунд."
    retryable = True


class KeyReusedError(DomainError):
    """The same Idempotency-Key came with another body."""

    code = "idempotency_key_reused"
    status = 422
    sentence = "Этот ключ уже использован для другого запроса. Обновите страницу и повторите."


class NeedsReferralError(DomainError):
    """The MIS books this visit only with a referral that it knows."""

    code = "needs_referral"
    status = 409
    sentence = "На этот приём нужно направление. Запись не сделана. Позвоните в клинику: расскажем, как быть."


class AgeLimitError(DomainError):
    """The MIS refused because of the patient's age."""

    code = "age_limit"
    status = 409
    sentence = "Этот врач не принимает пациентов такого возраста. Запись не сделана. Выберите другого врача."


class NotForPatientError(DomainError):
    """The MIS gives the time to others, but not to this patient."""

    code = "not_for_patient"
    status = 409
    sentence = (
        "Клиника не записывает вас на это время. Так бывает, если нужно прикрепление к клинике или"
        " врач принимает других пациентов. Запись не сделана. Позвоните нам: расскажем, как быть."
    )


class MisRejectedError(DomainError):
    """The MIS refused for a reason that it didn't name in words we know."""

    code = "mis_rejected"
    status = 409
    sentence = "Клиника не приняла запись. Время свободно. Выберите другое или позвоните нам."


class CallTakenError(DomainError):
    """A colleague is on this call."""

    code = "call_taken"
    status = 409
    sentence = "Этот звонок уже взял другой сотрудник. Возьмите следующий."


class CallDoneError(DomainError):
    code = "call_done"
    status = 409
    sentence = "По этому звонку исход уже записан. Вернитесь к очереди."


class VisitDecidedError(DomainError):
    """The visit no longer waits for a person: the MIS has answered, or a colleague was faster."""

    code = "visit_decided"
    status = 409
    sentence = "Пока страница была открыта, вопрос решился. Посмотрите очередь ещё раз."


class VisitUnsettledError(DomainError):
    """The visit was not found in the MIS, and a call whose answer was lost may still write it there."""

    code = "visit_unsettled"
    status = 409
    sentence = (
        "Запись ещё может появиться в\u00a0МИС: ответ на\u00a0неё только что потерялся. "
        "Посмотрите в\u00a0МИС через две минуты и\u00a0ответьте снова."
    )
    retryable = True
