"""The documents of the answers: XML in namespaces S1 and S2 inside SOAP strings, and JSON or zipped forms.

A reply is built once as a tree of named nodes; XML and JSON are two renderings of it. JSON keeps the traps of
the live service: a node without content is an empty string, a single child is an object and not a list.
"""

import base64
import io
import json
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from lxml import etree

from testbench.bit_umc.base import Grid
from testbench.bit_umc.model import Clinic, Employee, Item, Period
from testbench.soap import XS, XSI

S1 = "S1"
S2 = "S2"
FORMATS = ("", "XML", "JSON", "ZipXML", "ZipJSON")


@dataclass(slots=True)
class Node:
    name: str
    text: str = ""
    children: list["Node"] = field(default_factory=list)
    typed: bool = False

    def add(self, name: str, text: str = "", *, typed: bool = False) -> "Node":
        child = Node(name, text, typed=typed)
        self.children.append(child)
        return child


def as_xml(root: Node, namespace: str = S1) -> str:
    names: dict[Any, str] = {None: namespace, "xs": XS, "xsi": XSI}
    top = etree.Element(f"{{{namespace}}}{root.name}", nsmap=names)
    _fill(top, root, namespace)
    etree.indent(top, "\t")
    return '<?xml version="1.0"?>\n' + etree.tostring(top, encoding="unicode")


def _fill(element: "etree._Element", node: Node, namespace: str) -> None:
    element.text = node.text or None
    if node.typed:
        element.set(f"{{{XSI}}}type", "xs:string")
    for child in node.children:
        _fill(etree.SubElement(element, f"{{{namespace}}}{child.name}"), child, namespace)


def as_json(root: Node) -> str:
    return json.dumps({root.name: _plain(root)}, ensure_ascii=False)


def _plain(node: Node) -> object:
    if not node.children:
        return node.text
    found: dict[str, list[object]] = {}
    for child in node.children:
        found.setdefault(child.name, []).append(_plain(child))
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def render(root: Node, kind: str) -> str:
    """Render a schedule in the format that Params asked for; `kind` is one of FORMATS."""
    text = as_json(root) if kind.endswith("JSON") else as_xml(root)
    if not kind.startswith("Zip"):
        return text
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("schedule.json" if kind.endswith("JSON") else "schedule.xml", text)
    return base64.b64encode(packed.getvalue()).decode()


def wall(moment: datetime) -> str:
    """Write the wall time of the branch, without an offset, as the service does."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}"


def duration(minutes: int) -> str:
    return f"0001-01-01T{minutes // 60:02}:{minutes % 60:02}:00"


def clinics(rows: Iterable[Clinic]) -> Node:
    root = Node("СписокКлиник")
    for row in rows:
        node = root.add("Клиника")
        node.add("Наименование", row.name)
        node.add("УИД", row.uid)
    return root


def employees(rows: Iterable[Employee]) -> Node:
    root = Node("Сотрудники")
    for row in rows:
        node = root.add("Сотрудник")
        node.add("UID", row.uid, typed=True)
        node.add("Наименование", row.full_name)
        node.add("Фамилия", row.surname)
        node.add("Имя", row.name)
        node.add("Отчество", row.fathername)
        node.add("Специализация", row.specialty)
        node.add("Организация", row.organisation)
        services = node.add("ОсновныеУслуги")
        for own in row.services:
            service = services.add("ОсновнаяУслуга")
            service.add("UID", own.uid)
            service.add("Продолжительность", duration(own.minutes))
        node.add("КраткоеОписание", row.about)
    return root


def catalogue(rows: Iterable[Item]) -> Node:
    root = Node("Каталоги")
    for row in rows:
        node = root.add("Каталог")
        node.add("UID", row.uid, typed=True)
        node.add("Наименование", row.name)
        node.add("Артикул", row.article)
        node.add("БазоваяЕдиницаИзмерения", row.unit)
        node.add("Цена", price(row))
        node.add("Продолжительность", duration(row.minutes))
        node.add("Вид", row.kind)
        node.add("Родитель", row.parent)
        node.add("ЭтоПапка", "true" if row.folder else "false")
    return root


def price(row: Item) -> str:
    return f"{row.price.normalize():f}"


def schedule(grids: Iterable[Grid], *, only_free: bool = False, hours: int = 0) -> Node:
    """Build the schedule; `only_free` drops the level ПериодыГрафика, `hours` shifts each wall time."""
    root = Node("ГрафикиДляСайта")
    for grid in grids:
        node = root.add("ГрафикДляСайта")
        node.add("Клиника", grid.clinic.uid)
        node.add("СотрудникФИО", grid.employee.full_name)
        node.add("СотрудникID", grid.employee.uid)
        node.add("Специализация", grid.employee.specialty)
        if only_free:
            _periods(node, grid.clinic, grid.free, hours)
        else:
            periods = node.add("ПериодыГрафика")
            _periods(periods.add("СвободноеВремя"), grid.clinic, grid.free, hours)
            _periods(periods.add("ЗанятоеВремя"), grid.clinic, grid.busy, hours)
        node.add("ДлительностьПриема", duration(grid.employee.default_minutes))
    return root


def _periods(node: Node, clinic: Clinic, periods: Iterable[Period], hours: int) -> None:
    shift = timedelta(hours=hours)
    for period in periods:
        start = period.start.astimezone(clinic.zone) + shift
        end = period.end.astimezone(clinic.zone) + shift
        row = node.add("ПериодГрафика")
        row.add("Клиника", clinic.uid)
        row.add("Дата", f"{start:%Y-%m-%d}T00:00:00")
        row.add("ВремяНачала", wall(start))
        row.add("ВремяОкончания", wall(end))
        row.add("ВидВремени", period.kind)


def outcome(*, ok: bool, error: str = " ", uid: str = "") -> str:
    """Answer to a booking: ОтветНаЗаписьССайта."""
    root = Node("ОтветНаЗаписьССайта")
    root.add("Результат", "true" if ok else "false")
    root.add("ОписаниеОшибки", error)
    if uid:
        root.add("УИД", uid)
    return as_xml(root)


def done(*, ok: bool, error: str = " ") -> str:
    """Answer to a cancellation: РезультатВыполнения."""
    root = Node("РезультатВыполнения")
    root.add("Результат", "true" if ok else "false")
    root.add("ОписаниеОшибки", error)
    return as_xml(root)


def status(code: int, title: str) -> str:
    root = Node("ОтветНаЗапросСтатусаЗаявки")
    root.add("Результат", str(code))
    root.add("ОписаниеРезультата", title)
    return as_xml(root)
