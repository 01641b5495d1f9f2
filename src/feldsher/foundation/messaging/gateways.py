"""Who sends: bound once at start by conf/composition.py, in the order of preference."""

from feldsher.foundation.messaging.ports import NullProvider, SmsProvider

_bound: list[SmsProvider] = [NullProvider()]


def bind(*providers: SmsProvider) -> None:
    _bound[:] = providers


def providers() -> tuple[SmsProvider, ...]:
    """Return them as the settings name them: the first is asked first."""
    return tuple(_bound)


def provider(name: str) -> SmsProvider | None:
    return next((each for each in _bound if each.name == name), None)
