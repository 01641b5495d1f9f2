"""A second factor given anew, which is good for one act: for what an open session alone may not do.

When it was given stands in the session's row; the act spends it in its own transaction, so that of two at
once one is refused, and an act that fails leaves the proof.
"""

from datetime import timedelta

from django.db.models import F, QuerySet
from django.http import HttpRequest

from feldsher.foundation.access import locks, passkeys, second_factor
from feldsher.foundation.access.addresses import address_of
from feldsher.foundation.access.errors import CodeWrongError, FactorMissingError, FactorNotProvedError
from feldsher.foundation.access.known_browsers import browser_for
from feldsher.foundation.access.models import StaffSession
from feldsher.foundation.access.types import Entrance
from feldsher.kernel import clock

GOOD_FOR = timedelta(minutes=10)
MISSES = 3


def prove_by_code(request: HttpRequest, found: Entrance, *, code: str) -> None:
    """Take a code of the app or a recovery code.

    Raises FactorMissingError, CodeWrongError, TooManyTriesError.
    """
    require_factor(found)
    user_id = found.person.id
    browser = browser_for(request, user_id)
    counters = locks.factor_counters(user_id, browser=browser, address=address_of(request))
    locks.reserve(counters)
    if not second_factor.spend_code(user_id, code):
        raise CodeWrongError("neither a code of the app nor a recovery code")
    locks.forgive(counters)
    _keep(found)


def prove_by_passkey(request: HttpRequest, found: Entrance, *, answer: str) -> None:
    """Take the browser's answer to `passkeys.question`. Raises FactorMissingError, PasskeyRefusedError."""
    require_factor(found)
    passkeys.prove(request, found, answer=answer)
    _keep(found)


def require_factor(found: Entrance) -> None:
    """Raise FactorMissingError for who has no second factor at all."""
    if not found.factors:
        raise FactorMissingError("no second factor is connected")


def is_given(found: Entrance) -> bool:
    """Return whether a factor was given anew within ten minutes, and has served nothing yet."""
    return _sessions(found).filter(factor_at__gt=clock.now() - GOOD_FOR).exists()


def spend(found: Entrance) -> None:
    """Use the proof up for the act at hand; raises FactorNotProvedError where there is none."""
    live = _sessions(found).filter(factor_at__gt=clock.now() - GOOD_FOR)
    if not live.update(factor_at=None):
        raise FactorNotProvedError("no second factor was given for this")


def miss(found: Entrance) -> None:
    """Count an act that found nothing; the third one uses the proof up."""
    _sessions(found).update(factor_misses=F("factor_misses") + 1)
    _sessions(found).filter(factor_misses__gte=MISSES).update(factor_at=None)


def _keep(found: Entrance) -> None:
    _sessions(found).update(factor_at=clock.now(), factor_misses=0)


def _sessions(found: Entrance) -> QuerySet[StaffSession]:
    """Return the session as a question; of nobody where nobody is there."""
    rows = StaffSession.objects.all()
    return rows.none() if found.session is None else rows.filter(pk=found.session)
