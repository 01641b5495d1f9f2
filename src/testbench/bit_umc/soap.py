"""Calls of `ru.umc` out of their envelopes, and the string that each returns into one."""

from lxml import etree

from testbench import soap
from testbench.bit_umc.model import Call
from testbench.soap import XS, XSI, BrokenEnvelopeError
from testbench.web import Answer

TARGET = "ru.umc"


def parse(body: bytes) -> tuple[str, Call]:
    """Return the version of SOAP and the call; raises BrokenEnvelopeError."""
    version, call = soap.opened(body)
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
    root, content = soap.envelope(version)
    response = etree.SubElement(content, f"{{{TARGET}}}{call.operation}Response", nsmap={"m": TARGET})
    value = etree.SubElement(
        response, f"{{{TARGET}}}return", attrib={f"{{{XSI}}}type": "xs:string"}, nsmap={"xs": XS, "xsi": XSI}
    )
    value.text = etree.CDATA(text) if text.startswith("<") else text
    return soap.answer(version, root)
