"""SOAP 1.1 and 1.2 envelopes: a call comes in, its answer goes out in the same version.

What comes in is hostile until parsed: no DTD, no entities, no network, a limit on size.
"""

from lxml import etree

from testbench.bit_umc.model import Call
from testbench.web import Answer

TARGET = "ru.umc"
SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
XS = "http://www.w3.org/2001/XMLSchema"
CONTENT_TYPES = {SOAP_11: "text/xml; charset=utf-8", SOAP_12: "application/soap+xml; charset=utf-8"}


class BrokenEnvelopeError(Exception):
    """What came is not a call of this service."""

    def __init__(self, text: str, version: str = SOAP_12) -> None:
        super().__init__(text)
        self.text = text
        self.version = version


def parse(body: bytes) -> tuple[str, Call]:
    """Return the version of SOAP and the call; raises BrokenEnvelopeError."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BrokenEnvelopeError("Ошибка разбора XML") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise BrokenEnvelopeError("Объявление типа документа не допускается")
    name = etree.QName(root)
    if name.localname != "Envelope" or name.namespace not in CONTENT_TYPES:
        raise BrokenEnvelopeError("Ожидался конверт SOAP 1.1 или 1.2")
    version = str(name.namespace)
    content = root.find(f"{{{version}}}Body")
    if content is None or len(content) == 0:
        raise BrokenEnvelopeError("Тело сообщения пусто", version)
    call = content[0]
    name = etree.QName(call)
    if name.namespace != TARGET:
        raise BrokenEnvelopeError(f"Неизвестное пространство имен: {name.namespace}", version)
    values: dict[str, str] = {}
    params: dict[str, str] = {}
    for part in call:
        local = etree.QName(part).localname
        if local == "Params":
            params |= _structure(part)
        else:
            values[local] = _text(part)
    return version, Call(name.localname, values, params)


def _structure(part: "etree._Element") -> dict[str, str]:
    found = {}
    for entry in part:
        if isinstance(entry.tag, str) and etree.QName(entry).localname == "Property":
            value = next(iter(entry), None)
            found[str(entry.get("name", ""))] = "" if value is None else _text(value)
    return found


def _text(part: "etree._Element") -> str:
    return "".join(str(text) for text in part.itertext()).strip()


def result(version: str, call: Call, text: str) -> Answer:
    """Wrap the string that the operation returns: `m:return` with CDATA."""
    envelope, content = _envelope(version)
    response = etree.SubElement(content, f"{{{TARGET}}}{call.operation}Response", nsmap={"m": TARGET})
    value = etree.SubElement(
        response, f"{{{TARGET}}}return", attrib={f"{{{XSI}}}type": "xs:string"}, nsmap={"xs": XS, "xsi": XSI}
    )
    value.text = etree.CDATA(text) if text.startswith("<") else text
    return Answer(200, CONTENT_TYPES[version], _bytes(envelope))


def fault(version: str, text: str) -> Answer:
    """Say that the call itself was wrong."""
    envelope, content = _envelope(version)
    told = etree.SubElement(content, f"{{{version}}}Fault")
    if version == SOAP_11:
        etree.SubElement(told, "faultcode").text = "soap:Client"
        etree.SubElement(told, "faultstring").text = text
    else:
        code = etree.SubElement(told, f"{{{version}}}Code")
        etree.SubElement(code, f"{{{version}}}Value").text = "soap:Sender"
        reason = etree.SubElement(told, f"{{{version}}}Reason")
        words = etree.SubElement(reason, f"{{{version}}}Text")
        words.set("{http://www.w3.org/XML/1998/namespace}lang", "ru")
        words.text = text
    return Answer(500, CONTENT_TYPES[version], _bytes(envelope))


def _envelope(version: str) -> tuple["etree._Element", "etree._Element"]:
    envelope = etree.Element(f"{{{version}}}Envelope", nsmap={"soap": version})
    return envelope, etree.SubElement(envelope, f"{{{version}}}Body")


def _bytes(envelope: "etree._Element") -> bytes:
    return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")
