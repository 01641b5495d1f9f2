"""What crosses the border of messaging: nothing of it but a kind may reach a log."""

from enum import StrEnum


class Kind(StrEnum):
    """What a message is about; stands in logs beside its id."""

    PHONE_CODE = "phone_code"
    GRANT_NOTICE = "grant_notice"
    EMERGENCY = "emergency"
    EMERGENCY_OVERDUE = "emergency_overdue"
    PASSKEY_MADE = "passkey_made"
    VISIT_CANCELLED = "visit_cancelled"
    VISIT_MISSING = "visit_missing"
    VISIT_MOVED = "visit_moved"
    VISIT_SUBSTITUTED = "visit_substituted"
    OTHER_TIMES = "other_times"
    REMINDER = "reminder"


class MessageState(StrEnum):
    """QUEUED → SENDING → SENT | REFUSED | UNKNOWN.

    Back to QUEUED where it surely never left, DROPPED when it is too late.
    """

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    DROPPED = "dropped"
