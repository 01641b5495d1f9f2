"""The codes of SMSC.RU and what each means here (contract §C2): data, walked through by a test."""

from typing import Final

from feldsher.foundation.messaging.ports import Fate, Meaning, NotSent, Refused, refusal

ERRORS: Final = {
    1: Meaning.MESSAGE,  # parameters
    2: Meaning.ACCOUNT,  # log-in or password
    3: Meaning.ACCOUNT,  # no money
    4: Meaning.ACCOUNT,  # our address is blocked for a while
    5: Meaning.MESSAGE,  # date
    6: Meaning.ACCOUNT,  # the sender's name, or the text, is forbidden there
    7: Meaning.MESSAGE,  # the number
    8: Meaning.ROUTE,  # can't be delivered to this number
    9: Meaning.LATER,  # the same text twice in a minute, or too many calls at once
}
STATUSES: Final = {
    -3: Fate.ABSENT,
    -1: Fate.ON_THE_WAY,  # waits to be sent
    0: Fate.ON_THE_WAY,  # handed to the operator
    1: Fate.DELIVERED,
    2: Fate.DELIVERED,  # read
    3: Fate.EXPIRED,
    4: Fate.DELIVERED,  # the link in it was opened
    20: Fate.NOT_DELIVERED,  # impossible
    22: Fate.NOT_DELIVERED,  # the number is wrong
    23: Fate.NOT_DELIVERED,  # forbidden
    24: Fate.TURNED_DOWN,  # no money was left for it
    25: Fate.NOT_DELIVERED,  # the number takes no SMS
}


def refused(code: int) -> Refused | NotSent:
    """Return what an error is; of a code that nobody has told us of another provider may know better."""
    return refusal(str(code), ERRORS.get(code, Meaning.ROUTE))


def fate(code: int) -> Fate:
    """Return what a status tells; one that nobody has told us of is not the end."""
    return STATUSES.get(code, Fate.ON_THE_WAY)
