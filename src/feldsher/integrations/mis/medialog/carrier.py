"""Carries a message to МЕДИАЛОГ and its answer back: inside SOAP as one string, or as the body of HTTP.

How the exchange is carried is each project's own (contract §2.1). Ours is the WSDL beside the documentation
(docs/integrations/medialog.wsdl); the profile renames all of it. The one question is whether it can be
*proved* that nothing was written: a status that stops the request at the web server's door does, a fault and
any other status do not.
"""

import re
import uuid
from collections.abc import Mapping
from typing import Final

from lxml import etree

from feldsher.foundation.egress.client import HttpClient, LostError, NotSentError
from feldsher.integrations.mis import soap
from feldsher.integrations.mis.medialog import messages
from feldsher.integrations.mis.medialog.messages import Answer
from feldsher.integrations.mis.medialog.profile import Profile
from feldsher.integrations.mis.xml import BadDocumentError, decode

OK: Final = 200
_AT_THE_DOOR = frozenset({301, 302, 307, 308, 401, 403, 404, 405, 411, 413, 415, 429})
_DECLARED = re.compile(rb"\A\s*<\?xml[^>]{0,80}?encoding\s*=\s*[\"']([\w.-]{1,20})[\"']", re.ASCII)
_CYRILLIC = "cp1251"


class Carrier:
    """Thread-safe. `seconds` is the budget of one message unless the call names its own."""

    def __init__(self, transport: HttpClient, *, profile: Profile, seconds: float) -> None:
        self._transport = transport
        self._profile = profile
        self._seconds = seconds

    def call(
        self, event: str, clinic: str, fields: Mapping[str, str], *, seconds: float | None = None
    ) -> Answer:
        """Ask one thing of one branch; raises NotSentError, LostError, or RefusedError (nothing was done)."""
        profile, message_id = self._profile, str(uuid.uuid4())
        values = {"CLINIC_CODE": clinic, "WEB_USER": profile.web_user, **fields}
        text = messages.question(event, values, message_id=message_id, profile=profile)
        body, headers = self._packed(text)
        reply = self._transport.post(
            body, headers=headers, seconds=self._seconds if seconds is None else seconds
        )
        if reply.status in _AT_THE_DOOR:
            raise NotSentError(f"HTTP {reply.status}")
        if reply.status != OK:
            raise LostError(f"HTTP {reply.status}")
        try:
            told = self._unpacked(reply.body)
            return messages.answer(told, event, message_id=message_id, profile=profile)
        except (BadDocumentError, soap.FaultError) as error:
            raise LostError(f"{event}: {error}") from None

    def _packed(self, text: str) -> tuple[bytes, dict[str, str]]:
        charset = self._profile.encoding
        if self._profile.carrier == "http":
            headers = {"Content-Type": f"text/xml; charset={charset}"}
        else:
            text, headers = self._in_soap(text)
        head = f'<?xml version="1.0" encoding="{charset}"?>'
        return (head + text).encode(charset, "xmlcharrefreplace"), headers

    def _in_soap(self, text: str) -> tuple[str, dict[str, str]]:
        profile = self._profile
        root, body = soap.envelope(profile.soap)
        own = {"m": profile.namespace}
        call = etree.SubElement(body, self._qualified(profile.operation), nsmap=own)
        etree.SubElement(call, self._qualified(profile.parameter)).text = text
        headers = soap.headers(profile.soap, action=profile.soap_action, charset=profile.encoding)
        return etree.tostring(root, encoding="unicode"), headers

    def _unpacked(self, body: bytes) -> str:
        text = _decoded(body)
        if self._profile.carrier == "http":
            return text
        told = soap.opened(text)
        value = told.find(self._qualified(self._profile.result))
        if told.tag != self._qualified(f"{self._profile.operation}Response") or value is None or len(value):
            raise BadDocumentError("an answer to something else")
        return (value.text or "").strip().removeprefix("\ufeff")

    def _qualified(self, name: str) -> str:
        return f"{{{self._profile.namespace}}}{name}"


def _decoded(body: bytes) -> str:
    """Return the text in the encoding that the document declares: UTF-8 or windows-1251.

    Russian text of windows-1251 is never valid UTF-8: where it is, the declaration lies and would turn every
    name into rubbish.
    """
    found = _DECLARED.match(body)
    if found is None or found[1].lower() in {b"utf-8", b"utf8"}:
        return decode(body)
    if found[1].lower() not in {b"windows-1251", b"cp1251"}:
        raise BadDocumentError("in an encoding that nobody agreed upon")
    if not body.isascii() and _is_utf8(body):
        raise BadDocumentError("not windows-1251")
    return decode(body, encoding=_CYRILLIC)


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
