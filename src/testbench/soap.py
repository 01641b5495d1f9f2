"""SOAP 1.1 and 1.2 for the simulators that speak it: a call comes in, its answer leaves in the same version.

What comes in is hostile until parsed: no DTD, no entities, no network, a limit on size.
"""

from lxml import etree

from testbench.web import Answer

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


def opened(body: bytes) -> tuple[str, "etree._Element"]:
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
    return version, content[0]


def envelope(version: str) -> tuple["etree._Element", "etree._Element"]:
    """Return an envelope and its Body, empty."""
    root = etree.Element(f"{{{version}}}Envelope", nsmap={"soap": version})
    return root, etree.SubElement(root, f"{{{version}}}Body")


def answer(version: str, root: "etree._Element", *, status: int = 200) -> Answer:
    return Answer(
        status, CONTENT_TYPES[version], etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    )


def fault(version: str, text: str) -> Answer:
    """Say that the call itself was wrong."""
    root, content = envelope(version)
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
    return answer(version, root, status=500)
