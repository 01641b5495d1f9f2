"""Refusals of audit."""

from feldsher.kernel.errors import DomainError


class AuditError(DomainError):
    """The journal can't be written, so nothing is shown."""

    code = "audit_unavailable"
    status = 503
    sentence = (
        "Сейчас данные не\u00a0показать: не\u00a0записывается журнал доступа. Попробуйте через минуту "
        "или позвоните в\u00a0клинику."
    )
    retryable = True


class AuditConfigError(DomainError):
    """A setting of the journal can't be used."""

    code = "audit_misconfigured"
    status = 500
    sentence = "Журнал доступа настроен неверно. Позовите администратора."


class SinkError(DomainError):
    """A second place did not take what it was given; it is given again later."""

    code = "audit_sink_failed"
    status = 503
    sentence = "Второе место хранения журнала не\u00a0ответило."
    retryable = True
