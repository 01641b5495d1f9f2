"""Calls of the service `ru.umc` and the one string that each returns.

Parameters stand in the order of the documentation, because 1С reads them as a sequence; `Params` is a
Structure of 1С (contract §3.1).
"""

from collections.abc import Mapping

from lxml import etree

from feldsher.integrations.mis import soap
from feldsher.integrations.mis.xml import BadDocumentError, decode

TARGET = "ru.umc"
CORE = "http://v8.1c.ru/8.1/data/core"


def envelope(
    operation: str, values: Mapping[str, str], *, params: Mapping[str, str] | None, version: str
) -> bytes:
    """Return the request; `params` None leaves the Structure out. Values hold only what XML can say."""
    root, body = soap.envelope(version, {"ru": TARGET, "core": CORE})
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
    """Return the string of `m:return`; raises soap.FaultError, or BadDocumentError for anything else."""
    told = soap.opened(decode(body))
    value = told.find(f"{{{TARGET}}}return")
    if told.tag != f"{{{TARGET}}}{operation}Response" or value is None or len(value):
        raise BadDocumentError("an answer to something else")
    return (value.text or "").strip().removeprefix("\ufeff").strip()
