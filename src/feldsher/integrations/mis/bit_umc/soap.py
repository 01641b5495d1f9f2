"""SOAP envelopes of the service `ru.umc`: a call goes out, the one string that it returns comes in.

Parameters stand in the order of the documentation, because 1С reads them as a sequence; `Params` is a
Structure of 1С (contract §3.1).
"""

from collections.abc import Mapping

from lxml import etree

from feldsher.integrations.mis.xml import BadDocumentError, decode, parse_xml

TARGET = "ru.umc"
CORE = "http://v8.1c.ru/8.1/data/core"
SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
_VERSIONS = {"1.1": SOAP_11, "1.2": SOAP_12}
_HEADERS = {
    "1.1": {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'},
    "1.2": {"Content-Type": "application/soap+xml; charset=utf-8"},
}


class FaultError(Exception):
    """The service answered with a SOAP fault; `text` is its reason."""

    def __init__(self, text: str) -> None:
        super().__init__("a SOAP fault")
        self.text = text


def headers(version: str) -> Mapping[str, str]:
    return _HEADERS[version]


def envelope(
    operation: str, values: Mapping[str, str], *, params: Mapping[str, str] | None, version: str
) -> bytes:
    """Return the request; `params` None leaves the Structure out. Values hold only what XML can say."""
    namespace = _VERSIONS[version]
    root = etree.Element(f"{{{namespace}}}Envelope", nsmap={"soap": namespace, "ru": TARGET, "core": CORE})
    body = etree.SubElement(root, f"{{{namespace}}}Body")
    call = etree.SubElement(body, f"{{{TARGET}}}{operation}")
    for name, value in values.items():
        etree.SubElement(call, f"{{{TARGET}}}{name}").text = value
    if params is not None:
        structure = etree.SubElement(call, f"{{{TARGET}}}Params")
        for name, value in params.items():
            entry = etree.SubElement(structure, f"{{{CORE}}}Property", name=name)
            etree.SubElement(entry, f"{{{CORE}}}Value").text = value
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def returned(body: bytes, operation: str) -> str:
    """Return the string of `m:return`; raises FaultError, or BadDocumentError for anything else."""
    root = parse_xml(decode(body))
    name = etree.QName(root)
    if name.localname != "Envelope" or name.namespace not in _VERSIONS.values():
        raise BadDocumentError("not an envelope")
    content = root.find(f"{{{name.namespace}}}Body")
    told = None if content is None else next(iter(content), None)
    if told is None:
        raise BadDocumentError("an empty envelope")
    if told.tag == f"{{{name.namespace}}}Fault":
        raise FaultError(_reason(told, str(name.namespace)))
    value = told.find(f"{{{TARGET}}}return")
    if told.tag != f"{{{TARGET}}}{operation}Response" or value is None or len(value):
        raise BadDocumentError("an answer to something else")
    return (value.text or "").strip().removeprefix("\ufeff").strip()


def _reason(fault: "etree._Element", namespace: str) -> str:
    found = fault.find("faultstring")
    if found is None:
        found = fault.find(f"{{{namespace}}}Reason/{{{namespace}}}Text")
    return "" if found is None else (found.text or "").strip()
