"""Holds a request against the OpenAPI file: the words of JSON Schema that the file uses, and no others.

A word that nobody wrote here is an error at the first check, so that none in the file is silently unheeded.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[3] / "docs" / "integrations" / "plain-mis.openapi.json"
_NOTES = {"description", "examples", "format"}
_TYPES: dict[str, tuple[type, ...]] = {
    "array": (list,),
    "boolean": (bool,),
    "integer": (int,),
    "null": (type(None),),
    "object": (dict,),
    "string": (str,),
}


class BrokenRequestError(Exception):
    """Not a request of the contract; the text names the place, never a value."""


class Contract:
    def __init__(self, file: Path = FILE) -> None:
        self.document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))

    def check_parameters(self, path: str, method: str, given: dict[str, list[str]]) -> None:
        """Check what stands in the address; raises BrokenRequestError."""
        place = self.document["paths"][path]
        parameters = [*place.get("parameters", []), *place[method].get("parameters", [])]
        strange = given.keys() - {parameter["name"] for parameter in parameters}
        if strange:
            raise BrokenRequestError("a parameter that is not in the contract")
        for parameter in parameters:
            name = parameter["name"]
            if len(given.get(name, [])) > 1 or (parameter.get("required") and not given.get(name)):
                raise BrokenRequestError(name)
            for value in given.get(name, []):
                self._check(parameter["schema"], value, name)

    def check(self, schema: str, value: Any) -> None:
        """Check a value against a schema by its name; raises BrokenRequestError."""
        self._check(self.document["components"]["schemas"][schema], value, schema)

    def _check(self, schema: dict[str, Any], value: Any, where: str) -> None:
        for word, wanted in schema.items():
            if word in _NOTES:
                continue
            if word in _PARTS:
                _PARTS[word](self, wanted, value, where)
            elif not _WORDS[word](wanted, value):
                raise BrokenRequestError(where)

    def _ref(self, name: str, value: Any, where: str) -> None:
        self._check(self.document["components"]["schemas"][name.rsplit("/", 1)[1]], value, where)

    def _one_of(self, choices: list[dict[str, Any]], value: Any, where: str) -> None:
        if sum(self._fits(choice, value) for choice in choices) != 1:
            raise BrokenRequestError(where)

    def _properties(self, properties: dict[str, Any], value: Any, where: str) -> None:
        for name, inner in properties.items():
            if name in value:
                self._check(inner, value[name], f"{where}.{name}")

    def _items(self, inner: dict[str, Any], value: Any, where: str) -> None:
        for item in value:
            self._check(inner, item, f"{where}[]")

    def _fits(self, schema: dict[str, Any], value: Any) -> bool:
        try:
            self._check(schema, value, "")
        except BrokenRequestError:
            return False
        return True


_PARTS: dict[str, Callable[[Contract, Any, Any, str], None]] = {
    "$ref": Contract._ref,  # noqa: SLF001 - of this module
    "oneOf": Contract._one_of,  # noqa: SLF001 - as above
    "properties": Contract._properties,  # noqa: SLF001 - as above
    "items": Contract._items,  # noqa: SLF001 - as above
}
_WORDS: dict[str, Callable[[Any, Any], bool]] = {
    "type": lambda name, value: (
        isinstance(value, _TYPES[name]) and isinstance(value, bool) == (name == "boolean")
    ),
    "required": lambda names, value: all(name in value for name in names),
    "enum": lambda choices, value: value in choices,
    "pattern": lambda pattern, value: re.search(pattern.replace("$", r"\Z"), value) is not None,
    "minLength": lambda least, value: len(value) >= least,
    "maxLength": lambda most, value: len(value) <= most,
    "minimum": lambda least, value: value >= least,
    "maximum": lambda most, value: value <= most,
    "maxItems": lambda most, value: len(value) <= most,
}
