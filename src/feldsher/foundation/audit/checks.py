"""Tells the operator at start what keeps the journal from being proof against the server's own masters."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as CheckWarning

from feldsher.foundation.audit.errors import AuditConfigError
from feldsher.foundation.audit.keys import signing_key
from feldsher.foundation.audit.types import CSVLOG

_PAGE = "(docs/modules/audit.md)"


def check_audit(*, app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse a key or a log that can't be used; warn without a key, a second place, a second copy."""
    del app_configs, kwargs
    found: list[CheckMessage] = []
    try:
        if signing_key() is None:
            hint = f"Set FELDSHER_AUDIT_KEY: `openssl rand -base64 32` {_PAGE}."
            found.append(
                CheckWarning("Checkpoints of the journal are not signed.", hint=hint, id="audit.W001")
            )
    except AuditConfigError as error:
        found.append(Error(error.detail, id="audit.E001"))
    if not settings.FELDSHER_AUDIT_SINK:
        hint = f"Set FELDSHER_AUDIT_SINK to a file on another mount or to an https address {_PAGE}."
        words = "No second place keeps the journal's checkpoints: a cut tail or an old copy would go unseen."
        found.append(CheckWarning(words, hint=hint, id="audit.W002"))
    if not settings.FELDSHER_AUDIT_LINES:
        hint = f"Set FELDSHER_AUDIT_LINES to a file on another mount or to a syslog {_PAGE}."
        found.append(CheckWarning("The journal's rows have no second copy.", hint=hint, id="audit.W003"))
    if settings.FELDSHER_PGAUDIT_LOG and not settings.FELDSHER_PGAUDIT_LOG.endswith(CSVLOG):
        hint = f"Set log_destination = 'csvlog' in PostgreSQL and name that file, which ends in .csv {_PAGE}."
        words = (
            "FELDSHER_PGAUDIT_LOG names a log of plain lines: the text of a statement can feign lines in it."
        )
        found.append(Error(words, hint=hint, id="audit.E002"))
    return found
