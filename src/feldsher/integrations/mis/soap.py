"""SOAP envelopes, 1.1 and 1.2, for every adapter that speaks them: one element out, one element in."""

from collections.abc import Mapping

from lxml import etree

from feldsher.integrations.mis.xml import BadDocumentError, parse_xml

SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
_VERSIONS = {"1.1": SOAP_11, "1.2": SOAP_12}


class FaultError(Exception):
    """The service answered with a SOAP fault; `text` is its reason."""

    def __init__(self, text: str) -> None:
        super().__init__("a SOAP fault")
        self.text = text


def headers(version: str, *, action: str = "", charset: str = "utf-8") -> dict[str, str]:
    """Return the headers of a request; SOAP 1.2 without an action says none."""
    if version == "1.1":
        return {"Content-Type": f"text/xml; charset={charset}", "SOAPAction": f'"{action}"'}
    told = f'; action="{action}"' if action else ""
    return {"Content-Type": f"application/soap+xml; charset={charset}{told}"}


def envelope(
    version: str, spaces: Mapping[str, str] | None = None
) -> tuple["etree._Element", "etree._Element"]:
    """Return an envelope and its Body, empty; `spaces` are namespaces by prefix."""
    namespace = _VERSIONS[version]
    root = etree.Element(f"{{{namespace}}}Envelope", nsmap={"soap": namespace, **(spaces or {})})
    return root, etree.SubElement(root, f"{{{namespace}}}Body")


def opened(text: str) -> "etree._Element":
    """Return the element that an answer carries; raises FaultError, or BadDocumentError for no envelope."""
    root = parse_xml(text)
    name = etree.QName(root)
    if name.localname != "Envelope" or name.namespace not in _VERSIONS.values():
        raise BadDocumentError("not an envelope")
    content = root.find(f"{{{name.namespace}}}Body")
    told = None if content is None else next(iter(content), None)
    if told is None:
        raise BadDocumentError("an empty envelope")
    if told.tag == f"{{{name.namespace}}}Fault":
        raise FaultError(_reason(told, str(name.namespace)))
    return told


def _reason(fault: "etree._Element", namespace: str) -> str:
    found = fault.find("faultstring")
    if found is None:
        found = fault.find(f"{{{namespace}}}Reason/{{{namespace}}}Text")
    return "" if found is None else (found.text or "").strip()
