"""Refusals of access: each says in Russian what to do next, and has a code that never changes."""

from datetime import datetime
from math import ceil

from feldsher.kernel.errors import DomainError
from feldsher.kernel.formats import plural


class LoginTakenError(DomainError):
    code = "login_taken"
    status = 409
    sentence = "Такой логин уже есть. Выберите другой."


class DoctorTakenError(DomainError):
    code = "doctor_taken"
    status = 409
    sentence = "Этот врач уже связан с\u00a0другой учётной записью."


class StaffNotFoundError(DomainError):
    code = "staff_not_found"
    status = 404
    sentence = "Такого сотрудника нет. Проверьте логин."


class ApiKeyNotFoundError(DomainError):
    code = "api_key_not_found"
    status = 404
    sentence = "Такого ключа нет. Проверьте его начало в списке."


class ForbiddenError(DomainError):
    """No role of theirs has what the action needs."""

    code = "forbidden"
    status = 403
    sentence = (
        "Этот раздел вам не\u00a0открыт. Если он нужен для работы, попросите администратора выдать роль."
    )


class NoContextError(RuntimeError):
    """Personal rows were asked for outside of a context: a fault of ours, never an answer to anybody."""


class TooManyTriesError(DomainError):
    """Too many wrong tries: nothing is looked at before `retry_at`."""

    code = "too_many_tries"
    status = 429
    retryable = True
    sentence = "Слишком много попыток. Подождите и\u00a0попробуйте снова."

    def __init__(self, detail: str | None = None, *, retry_at: datetime, now: datetime) -> None:
        minutes = max(1, ceil((retry_at - now).total_seconds() / 60))
        words = plural(minutes, "минуту", "минуты", "минут")
        super().__init__(detail, sentence=f"Слишком много попыток. Попробуйте снова через {words}.")
        self.retry_at = retry_at
        self.seconds = max(1, ceil((retry_at - now).total_seconds()))


class PasswordWrongError(DomainError):
    """Not the password of who is signed in."""

    code = "password_wrong"
    status = 422
    sentence = "Пароль не\u00a0подошёл. Проверьте раскладку клавиатуры."


class CodeWrongError(DomainError):
    """Neither a code of the app nor one of the recovery codes; or one that was used."""

    code = "code_wrong"
    status = 422
    sentence = "Код не\u00a0подошёл. Возьмите новый: каждый действует 30\u00a0секунд и\u00a0один раз."


class PasskeyRefusedError(DomainError):
    """The browser's answer proves no passkey of this person, for this site, for what was asked."""

    code = "passkey_refused"
    status = 422
    sentence = "Ключ не\u00a0подошёл. Попробуйте ещё раз или введите код."


class CodeNotFreshError(DomainError):
    """What outlives a session is given soon after the code of an SMS alone."""

    code = "code_not_fresh"
    status = 403
    sentence = (
        "Это делают в\u00a0первые 10\u00a0минут после входа по\u00a0коду. "
        "Выйдите, войдите по\u00a0коду ещё раз и\u00a0повторите."
    )


class PinWrongError(DomainError):
    """Another PIN; `tries_left` more before the session ends."""

    code = "pin_wrong"
    status = 422
    sentence = "PIN не\u00a0подошёл."

    def __init__(self, detail: str | None = None, *, tries_left: int) -> None:
        words = plural(tries_left, "попытка", "попытки", "попыток")
        super().__init__(detail, sentence=f"PIN не\u00a0подошёл. Осталось: {words}.")
        self.tries_left = tries_left


class SessionOverError(DomainError):
    """The session is over: only a whole sign-in leads on."""

    code = "session_over"
    status = 401
    sentence = "Сеанс завершён. Войдите с\u00a0паролем."


class LastAdminError(DomainError):
    """Without this person nobody would be left who gives roles."""

    code = "last_admin"
    status = 409
    sentence = "Это последний системный администратор. Сначала сделайте администратором кого-то ещё."


class AccountBlockedError(DomainError):
    """It was blocked for what its owner read; who opens accounts is not who judges that."""

    code = "account_blocked"
    status = 409
    sentence = "Вход закрыт по\u00a0сигналу безопасности. Открыть его может аудитор безопасности."


class GrantKnownError(DomainError):
    """The person has the role, or somebody has asked for it already."""

    code = "grant_known"
    status = 409
    sentence = "Эта роль уже запрошена и\u00a0ждёт решения."


class GrantNotYoursError(DomainError):
    """Nobody confirms their own request, or a role for themselves."""

    code = "grant_not_yours"
    status = 403
    sentence = "Свой запрос и\u00a0роль для\u00a0себя подтверждает другой администратор."


class GrantOverError(DomainError):
    """The request was decided, taken back, or has waited for too long."""

    code = "grant_over"
    status = 409
    sentence = "Этот запрос уже закрыт. Обновите страницу."


class OwnerNotToldError(DomainError):
    """A role that takes effect by itself needs a notice to the owner, and none can leave."""

    code = "owner_not_told"
    status = 503
    sentence = (
        "Подтвердить роль некому, а\u00a0владельцу о\u00a0ней не\u00a0сообщить. Задайте на\u00a0сервере "
        "его телефон (FELDSHER_OWNER_PHONE) и\u00a0отправку SMS (FELDSHER_SMS)."
    )


class FactorMissingError(DomainError):
    """The act wants a second factor, and the person has none."""

    code = "factor_missing"
    status = 409
    sentence = (
        "Для\u00a0этого нужен второй фактор. Подключите приложение или\u00a0ключ доступа в\u00a0«Мой вход»."
    )


class FactorNotProvedError(DomainError):
    """The second factor was not given anew, was given too long ago, or has served another act."""

    code = "factor_not_proved"
    status = 403
    sentence = (
        "Подтвердите вход вторым фактором ещё раз: подтверждение действует 10\u00a0минут "
        "и\u00a0на\u00a0одно действие."
    )


class PhoneCodeTooSoonError(DomainError):
    """A code left for this phone a moment ago; the next one may leave at `retry_at`."""

    code = "phone_code_too_soon"
    status = 429
    sentence = "Код уже отправлен. Новый можно запросить через минуту."

    def __init__(self, detail: str | None = None, *, retry_at: datetime | None = None) -> None:
        super().__init__(detail)
        self.retry_at = retry_at


class PhoneCodeLimitError(DomainError):
    """This phone, device or address had as many codes as a day allows."""

    code = "phone_code_limit"
    status = 429
    sentence = "Сегодня кодов больше не\u00a0отправим. Позвоните в\u00a0клинику, и\u00a0регистратор поможет."


class PhoneCodeUnavailableError(DomainError):
    """No SMS may leave now; what was asked for can't be done here."""

    code = "phone_code_unavailable"
    status = 503
    sentence = "Код сейчас не\u00a0отправить. Позвоните в\u00a0клинику, и\u00a0регистратор поможет."


class PhoneProofWrongError(DomainError):
    """Another code than was sent; `tries_left` more may be tried."""

    code = "phone_proof_wrong"
    status = 403
    sentence = "Код не\u00a0подошёл. Проверьте цифры."

    def __init__(self, detail: str | None = None, *, tries_left: int | None = None) -> None:
        super().__init__(detail, sentence=None if tries_left is None else _wrong(tries_left))
        self.tries_left = tries_left


class PhoneProofOverError(DomainError):
    """No code is good now: none was sent, it ran out, was tried too often, or was used."""

    code = "phone_proof_over"
    status = 403
    sentence = "Этот код уже не\u00a0действует. Запросите новый."


def _wrong(left: int) -> str:
    if not left:
        return "Код не\u00a0подошёл, попытки закончились. Запросите новый."
    words = "Осталась 1\u00a0попытка" if left == 1 else f"Осталось {left}\u00a0попытки"
    return f"Код не\u00a0подошёл. {words}."
