import base64

import pytest
from pytest_django import Settings

from feldsher.foundation.audit.checks import check_audit
from feldsher.foundation.audit.errors import AuditConfigError
from feldsher.foundation.audit.keys import public_key, public_text, signing_key

PLAIN = base64.b64encode(b"\xff" * 32).decode()
URLSAFE = base64.urlsafe_b64encode(b"\xff" * 32).decode().rstrip("=")


@pytest.mark.parametrize("text", [PLAIN, URLSAFE, f" {PLAIN}\n"])
def test_both_alphabets_of_base64_are_read(settings: Settings, text: str) -> None:
    settings.FELDSHER_AUDIT_KEY = text
    key = signing_key()
    assert key is not None
    assert key.private_bytes_raw() == b"\xff" * 32
    assert public_key(public_text(key.public_key())).public_bytes_raw() == key.public_key().public_bytes_raw()


@pytest.mark.parametrize(
    ("text", "told"), [("not base64!", "is not base64"), ("AAAA", "3 bytes instead of 32")]
)
def test_a_wrong_key_is_told_of_and_not_shown(settings: Settings, text: str, told: str) -> None:
    settings.FELDSHER_AUDIT_KEY = text
    with pytest.raises(AuditConfigError, match=told) as error:
        signing_key()
    assert text not in error.value.detail
    settings.FELDSHER_AUDIT_SINK = settings.FELDSHER_AUDIT_LINES = "file:///mnt/notes.txt"
    assert [each.id for each in check_audit(app_configs=None)] == ["audit.E001"]


def test_what_is_lacking_is_told_at_start(settings: Settings) -> None:
    settings.FELDSHER_AUDIT_KEY = settings.FELDSHER_AUDIT_SINK = settings.FELDSHER_AUDIT_LINES = ""
    found = [each.id for each in check_audit(app_configs=None)]
    assert found == ["audit.W001", "audit.W002", "audit.W003"]
    settings.FELDSHER_AUDIT_KEY = PLAIN
    settings.FELDSHER_AUDIT_SINK = settings.FELDSHER_AUDIT_LINES = "file:///mnt/notes.txt"
    assert check_audit(app_configs=None) == []


@pytest.mark.parametrize(
    ("log", "told"), [("", []), ("/var/log/*.csv", []), ("/var/log/postgresql.log", ["audit.E002"])]
)
def test_c21_a_log_in_which_lines_can_be_feigned_is_refused(
    settings: Settings, log: str, told: list[str]
) -> None:
    settings.FELDSHER_AUDIT_KEY = PLAIN
    settings.FELDSHER_AUDIT_SINK = settings.FELDSHER_AUDIT_LINES = "file:///mnt/notes.txt"
    settings.FELDSHER_PGAUDIT_LOG = log
    assert [each.id for each in check_audit(app_configs=None)] == told
