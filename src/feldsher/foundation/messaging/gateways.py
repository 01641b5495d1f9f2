"""Who sends: bound once at start by conf/composition.py."""

from feldsher.foundation.messaging.ports import NullSender, SmsSender

_bound: list[SmsSender] = [NullSender()]


def bind(sender: SmsSender) -> None:
    _bound[:] = [sender]


def sms() -> SmsSender:
    return _bound[0]
