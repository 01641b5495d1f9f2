"""How a message comes and goes: one string inside SOAP, or the body of HTTP; UTF-8 or windows-1251."""

import re
from dataclasses import dataclass
from xml.sax.saxutils import escape

from lxml import etree

from testbench.medialog.exchange import BrokenMessageError
from testbench.web import PLAIN, Answer

NAMESPACE = "urn:feldsher:medialog"
SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
_DECLARED = re.compile(rb"<\?xml[^>]*encoding=[\"']([A-Za-z0-9-]+)[\"']")
_TYPES = {SOAP_11: "text/xml", SOAP_12: "application/soap+xml"}


@dataclass(frozen=True, slots=True)
class Question:
    """A message as it came. `envelope` is the namespace of SOAP, empty for plain HTTP."""

    text: str
    envelope: str


def opened(body: bytes, content_type: str, *, is_soap: bool) -> Question:
    """Take the message out; raises BrokenMessageError for what the WSDL doesn't allow."""
    found = _DECLARED.match(body)
    charset = found[1].decode().lower() if found else "utf-8"
    if charset not in {"utf-8", "windows-1251"} or f"charset={charset}" not in content_type.lower():
        raise BrokenMessageError("the charset of HTTP and that of XML must agree")
    try:
        text = body.decode(charset)
    except UnicodeDecodeError:
        raise BrokenMessageError(f"not {charset}") from None
    if not is_soap:
        return Question(text.partition("?>")[2], "")
    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, encoding="utf-8")
        root = etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, ValueError):
        raise BrokenMessageError("not XML") from None
    envelope = next((name for name in _TYPES if root.tag == f"{{{name}}}Envelope"), "")
    told = root.find(f"{{{envelope}}}Body/{{{NAMESPACE}}}Exchange/{{{NAMESPACE}}}message")
    if not envelope or told is None or len(told) or not content_type.startswith(_TYPES[envelope]):
        raise BrokenMessageError("the operation Exchange of the WSDL is expected")
    return Question(told.text or "", envelope)


def closed(text: str, question: Question, *, charset: str) -> Answer:
    head = f'<?xml version="1.0" encoding="{charset}"?>'
    if question.envelope:
        text = (
            f'<s:Envelope xmlns:s="{question.envelope}"><s:Body><ExchangeResponse xmlns="{NAMESPACE}">'
            f"<result>{escape(text)}</result></ExchangeResponse></s:Body></s:Envelope>"
        )
    kind = _TYPES.get(question.envelope, "text/xml")
    return Answer(200, f"{kind}; charset={charset}", (head + text).encode(charset, "xmlcharrefreplace"))


def fault(text: str, envelope: str) -> Answer:
    """Return a failure: a fault of SOAP, or plain text over HTTP."""
    if not envelope:
        return Answer(500, PLAIN, text.encode())
    if envelope == SOAP_12:
        code = "<s:Code><s:Value>s:Receiver</s:Value></s:Code>"
        reason = f"{code}<s:Reason><s:Text xml:lang='ru'>{escape(text)}</s:Text></s:Reason>"
    else:
        reason = f"<faultcode>s:Server</faultcode><faultstring>{escape(text)}</faultstring>"
    body = f'<s:Envelope xmlns:s="{envelope}"><s:Body><s:Fault>{reason}</s:Fault></s:Body></s:Envelope>'
    return Answer(500, f"{_TYPES[envelope]}; charset=utf-8", body.encode())


def wsdl(address: str) -> bytes:
    """Return the description of the service: one operation, a string in and a string out."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<wsdl:definitions name="MedialogExchange" targetNamespace="{NAMESPACE}" xmlns:tns="{NAMESPACE}"
    xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
    xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <wsdl:types>
    <xs:schema targetNamespace="{NAMESPACE}" elementFormDefault="qualified">
      <xs:element name="Exchange">
        <xs:complexType>
          <xs:sequence><xs:element name="message" type="xs:string"/></xs:sequence>
        </xs:complexType>
      </xs:element>
      <xs:element name="ExchangeResponse">
        <xs:complexType>
          <xs:sequence><xs:element name="result" type="xs:string"/></xs:sequence>
        </xs:complexType>
      </xs:element>
    </xs:schema>
  </wsdl:types>
  <wsdl:message name="Question"><wsdl:part name="parameters" element="tns:Exchange"/></wsdl:message>
  <wsdl:message name="Answer"><wsdl:part name="parameters" element="tns:ExchangeResponse"/></wsdl:message>
  <wsdl:portType name="Exchange">
    <wsdl:operation name="Exchange">
      <wsdl:input message="tns:Question"/>
      <wsdl:output message="tns:Answer"/>
    </wsdl:operation>
  </wsdl:portType>
  <wsdl:binding name="ExchangeSoap" type="tns:Exchange">
    <soap:binding transport="http://schemas.xmlsoap.org/soap/http" style="document"/>
    <wsdl:operation name="Exchange">
      <soap:operation soapAction="{NAMESPACE}#Exchange"/>
      <wsdl:input><soap:body use="literal"/></wsdl:input>
      <wsdl:output><soap:body use="literal"/></wsdl:output>
    </wsdl:operation>
  </wsdl:binding>
  <wsdl:service name="MedialogExchange">
    <wsdl:port name="ExchangeSoap" binding="tns:ExchangeSoap">
      <soap:address location="{escape(address)}"/>
    </wsdl:port>
  </wsdl:service>
</wsdl:definitions>
""".encode()
