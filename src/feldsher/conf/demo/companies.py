"""Invented insurers for a demo, and codes of 804н at services of its MIS, to count examinations by."""

from contextlib import suppress
from typing import Final

from feldsher.conf.demo.staff import EDITOR
from feldsher.domain.corporate import selectors, services
from feldsher.domain.corporate.errors import InsurerTakenError
from feldsher.domain.directory import selectors as directory
from feldsher.domain.directory.services import set_overlay
from feldsher.domain.directory.types import Kind
from feldsher.kernel.errors import InvalidInputError

_INSURERS: Final = (
    ("Выдумка Страхование", "по\u00a0гарантийному письму"),
    ("Небыль Полис", ""),
    ("Страховая компания «Пример»", "приём и\u00a0анализы"),
)
_CODES: Final = (
    ("терапевта первичный", "B01.047.001"),
    ("невролога первичный", "B01.023.001"),
    ("хирурга первичный", "B01.057.001"),
    ("оториноларинголога первичный", "B01.028.001"),
    ("офтальмолога первичный", "B01.029.001"),
    ("дерматолога первичный", "B01.008.001"),
    ("гинеколога первичный", "B01.001.001"),
    ("аудиометрия", "A12.25.001"),
    ("внутриглазного давления", "A02.26.015"),
    ("осмотр глазного дна", "A02.26.003"),
)


def compose_demo_companies() -> int:
    """Compose them once; return how many insurers there are now."""
    if known := selectors.insurers():
        return len(known)
    for name, note in _INSURERS:
        with suppress(InsurerTakenError):
            services.save_insurer(name, note=note, staff=EDITOR)
    for text, code in _CODES:
        for line in directory.record_lines(Kind.SERVICE, text=text)[0][:1]:
            # A system that says the codes itself keeps them.
            with suppress(InvalidInputError):
                set_overlay(Kind.SERVICE, target=line.id, field="nomenclature", value=code, author="demo")
    return len(selectors.insurers())
