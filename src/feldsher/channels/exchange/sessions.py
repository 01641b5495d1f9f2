"""Who exchanges: a key of a partner as name and password, then a cookie for the rest of the exchange.

Every module of 1С sends the cookie back; `sessid` is sent by those of schema 2.05 and later, so it is
compared where it comes and not missed where it does not. A key that ends is out at its next request.
"""

import base64
import hashlib
import hmac
from datetime import timedelta
from secrets import token_urlsafe
from typing import Final

from django.conf import settings
from django.http import HttpRequest

from feldsher.channels.exchange.errors import NotAdmittedError
from feldsher.channels.exchange.models import ExchangeSession
from feldsher.channels.exchange.types import Topic
from feldsher.domain.directory.types.own import OWN_SCHEDULE
from feldsher.foundation.access import api_keys
from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.types import ApiScope
from feldsher.kernel import clock

COOKIE: Final = "exchange"
WORK: Final = "exchange"
"""As which work of ours files are kept and read."""
IDLE: Final = timedelta(hours=1)
LONGEST: Final = timedelta(hours=24)
SCOPES: Final = {Topic.CATALOG: ApiScope.EXCHANGE_CATALOG, Topic.SALE: ApiScope.EXCHANGE_SALE}
_SOURCE_LENGTH: Final = 64
_OVER: Final = "Сеанс обмена закончился, или его сменил новый. Запустите обмен заново."
_NOT_THIS: Final = "Этому имени обмен не\u00a0разрешён: ключ выдан без права {}."
_BAD_NAME: Final = (
    "Ключ обмена назван так\u00a0же, как МИС, или длиннее 64 знаков: сделайте ключ с\u00a0другим именем."
)


def begin(request: HttpRequest, topic: Topic) -> tuple[ExchangeSession, str]:
    """Begin an exchange for who shows a key, and return it and what its cookie holds. NotAdmittedError.

    The one before of the same source and topic is over: of two whole lists at once, each would take away what
    only the other has named, and a confirmation would be of the other's answer.
    """
    name, password = _basic(request)
    card = api_keys.key_of(password)
    if card is None or card.prefix != name:
        raise NotAdmittedError("a wrong or ended key")
    scope = SCOPES[topic]
    if scope not in card.scopes:
        raise NotAdmittedError(f"{card.prefix} lacks {scope}", sentence=_NOT_THIS.format(scope.value))
    source = card.name
    if len(source) > _SOURCE_LENGTH or source in {OWN_SCHEDULE, *(mis.id for mis in settings.FELDSHER_MIS)}:
        raise NotAdmittedError("a name that marks another source", sentence=_BAD_NAME)
    token, now = token_urlsafe(32), clock.now()
    with as_service(WORK):
        ExchangeSession.objects.filter(source=source, topic=topic).delete()
        session = ExchangeSession.objects.create(
            key=card.prefix, source=source, topic=topic, token=_digest(token), created_at=now, seen_at=now
        )
    return session, token


def session_of(request: HttpRequest, topic: Topic) -> ExchangeSession:
    """Return the exchange that a request goes on with, and note that it is alive. NotAdmittedError."""
    token = request.COOKIES.get(COOKIE, "")
    mine = ExchangeSession.objects.filter(token=_digest(token), topic=topic)
    session = mine.first() if token else None
    sent = request.GET.get("sessid")
    if session is None or (sent is not None and not _is_sessid(sent, token)):
        raise NotAdmittedError("no such exchange", sentence=_OVER)
    now = clock.now()
    if now - session.seen_at > IDLE or now - session.created_at > LONGEST:
        raise NotAdmittedError("an exchange that is over", sentence=_OVER)
    card = api_keys.live_key(session.key)
    if card is None or SCOPES[topic] not in card.scopes:
        raise NotAdmittedError("an ended key")
    session.seen_at = now
    session.save(update_fields=["seen_at"])
    return session


def sessid_of(token: str) -> str:
    """Return what the address of each further request says beside the cookie."""
    return hashlib.sha256(f"sessid {token}".encode()).hexdigest()[:32]


def _is_sessid(sent: str, token: str) -> bool:
    return hmac.compare_digest(sent.encode(), sessid_of(token).encode())


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _basic(request: HttpRequest) -> tuple[str, str]:
    """Return name and password of HTTP Basic; NotAdmittedError where there are none."""
    scheme, _, said = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    try:
        pair = base64.b64decode(said.strip(), validate=True).decode() if scheme.lower() == "basic" else ""
    except ValueError:
        pair = ""
    name, colon, password = pair.partition(":")
    if not colon:
        raise NotAdmittedError("no name and password")
    return name, password
