"""The codes of SMS.RU and what each means here (contract §C1): data, walked through by a test."""

from typing import Final

from feldsher.foundation.messaging.ports import Fate, Meaning, NotSent, Refused, refusal

OK: Final = 100
ERRORS: Final = {
    200: Meaning.ACCOUNT,  # api_id is wrong
    201: Meaning.ACCOUNT,  # no money
    202: Meaning.ROUTE,  # the number is wrong, or there is no way to it
    203: Meaning.MESSAGE,  # no text
    204: Meaning.ACCOUNT,  # the sender's name is not agreed
    205: Meaning.MESSAGE,  # more than eight parts
    206: Meaning.ACCOUNT,  # the day's limit
    207: Meaning.ROUTE,  # no way to the number
    208: Meaning.MESSAGE,  # time
    209: Meaning.STOP_LIST,
    210: Meaning.MESSAGE,  # GET where POST is needed
    212: Meaning.MESSAGE,  # no UTF-8
    213: Meaning.MESSAGE,  # more than 100 numbers
    214: Meaning.ROUTE,  # abroad
    216: Meaning.MESSAGE,  # a forbidden word
    220: Meaning.AGAIN,
    # Limits that guard a number from a flood: another provider is no way round them.
    130: Meaning.MESSAGE,
    131: Meaning.LATER,  # the same text twice in a minute
    132: Meaning.MESSAGE,
    150: Meaning.MESSAGE,
    230: Meaning.MESSAGE,
    231: Meaning.LATER,  # the same text twice in a minute
    232: Meaning.MESSAGE,
    233: Meaning.MESSAGE,
    # Who we are.
    300: Meaning.ACCOUNT,
    301: Meaning.ACCOUNT,
    302: Meaning.ACCOUNT,
    303: Meaning.ACCOUNT,
    304: Meaning.ACCOUNT,
    305: Meaning.ACCOUNT,
    500: Meaning.AGAIN,
    # Of the address for callbacks, which is set in the account by a person.
    901: Meaning.MESSAGE,
    902: Meaning.MESSAGE,
}
STATUSES: Final = {
    -1: Fate.ABSENT,
    100: Fate.ON_THE_WAY,  # in the queue
    101: Fate.ON_THE_WAY,  # goes to the operator
    102: Fate.ON_THE_WAY,
    103: Fate.DELIVERED,
    104: Fate.EXPIRED,
    105: Fate.NOT_DELIVERED,  # removed by the operator
    106: Fate.NOT_DELIVERED,  # a failure in the phone
    107: Fate.NOT_DELIVERED,  # nobody knows why
    108: Fate.NOT_DELIVERED,  # rejected
    110: Fate.DELIVERED,  # read
    130: Fate.NOT_DELIVERED,
    131: Fate.NOT_DELIVERED,
    132: Fate.NOT_DELIVERED,
    150: Fate.NOT_DELIVERED,
}


def refused(code: int) -> Refused | NotSent:
    """Return what an error is; of a code that nobody has told us of another provider may know better."""
    return refusal(str(code), ERRORS.get(code, Meaning.ROUTE))


def fate(code: int) -> Fate:
    """Return what a status tells; one that nobody has told us of is not the end."""
    return STATUSES.get(code, Fate.ON_THE_WAY)
