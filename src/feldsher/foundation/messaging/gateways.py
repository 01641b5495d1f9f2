"""Who sends: bound once at start by conf/composition.py, SMS in the order of preference."""

from feldsher.foundation.messaging.ports import NullProvider, NullPush, PushSender, SmsProvider

_bound: list[SmsProvider] = [NullProvider()]
_push: list[PushSender] = [NullPush()]


def bind(*providers: SmsProvider) -> None:
    _bound[:] = providers


def bind_push(sender: PushSender) -> None:
    _push[:] = [sender]


def providers() -> tuple[SmsProvider, ...]:
    """Return them as the settings name them: the first is asked first."""
    return tuple(_bound)


def provider(name: str) -> SmsProvider | None:
    return next((each for each in _bound if each.name == name), None)


def push() -> PushSender:
    return _push[0]
