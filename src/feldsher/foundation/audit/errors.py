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
