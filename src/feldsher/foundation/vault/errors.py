"""What the vault answers when a value can't be opened. Never carries the value, the key or the row."""

from feldsher.kernel.errors import DomainError


class VaultError(DomainError):
    """The bytes are not what was sealed for this very cell: altered, cut, or moved from another one."""

    code = "vault_unreadable"
    status = 503
    sentence = "Данные сейчас не открываются. Позвоните в клинику."


class VaultKeyMissingError(VaultError):
    """The value was sealed under a key that is no longer in FELDSHER_VAULT_KEYS."""

    code = "vault_key_missing"


class VaultConfigError(VaultError):
    """FELDSHER_VAULT_KEYS can't be used as it stands."""

    code = "vault_misconfigured"
