"""The reference for people, drawn from the OpenAPI document by our own template: no script."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

from feldsher.channels.api.errors import MethodNotAllowedError
from feldsher.channels.api.openapi import openapi, openapi_text
from feldsher.channels.api.problems import respond
from feldsher.foundation.modules import has_booking
from feldsher.kernel.errors import NotFoundError

_PUBLIC = "public, max-age=300"
_READS = {"GET", "HEAD"}
_TYPES = {
    "string": "строка",
    "integer": "целое",
    "boolean": "да или нет",
    "array": "список",
    "object": "объект",
    "null": "null",
}
_FORMATS = {"uuid": "UUID", "date": "дата", "date-time": "момент RFC 3339"}


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter, or a field of a body; `place` is path, query or header for a parameter."""

    name: str
    kind: str
    is_required: bool
    description: SafeString
    place: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """A success of an operation and its fields."""

    status: str
    phrase: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A stable code with its sentence."""

    status: int
    code: str
    title: str


@dataclass(frozen=True, slots=True)
class Call:
    """One operation as the page shows it."""

    anchor: str
    method: str
    path: str
    summary: str
    description: SafeString
    needs_token: bool
    parameters: tuple[Field, ...]
    body: tuple[Field, ...]
    replies: tuple[Reply, ...]
    refusals: tuple[Refusal, ...]


def openapi_json(request: HttpRequest) -> HttpResponse:
    if request.method not in _READS:
        return _read_only()
    return HttpResponse(openapi_text(), content_type="application/json", headers={"Cache-Control": _PUBLIC})


def reference_page(request: HttpRequest) -> HttpResponse:
    if request.method not in _READS:
        return _read_only()
    return HttpResponse(_page(with_booking=has_booking()), headers={"Cache-Control": _PUBLIC})


def not_found(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view
    return respond(NotFoundError(sentence="Такого адреса в API нет. Сверьтесь с /api/v1/docs."))


def _read_only() -> HttpResponse:
    response = respond(MethodNotAllowedError())
    response.headers["Allow"] = "GET, HEAD"
    return response


@cache
def _page(*, with_booking: bool) -> str:  # noqa: ARG001 - the key of the cache
    document = openapi()
    calls = tuple(_calls(document))
    refusals = {refusal.code: refusal for call in calls for refusal in call.refusals}
    context = {
        "title": document["info"]["title"],
        "lead": _marked(document["info"]["description"]),
        "calls": calls,
        "refusals": sorted(refusals.values(), key=lambda item: (item.status, item.code)),
    }
    return render_to_string("api/docs.html", context)


def _calls(document: dict[str, Any]) -> Iterator[Call]:
    schemas = document["components"]["schemas"]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield Call(
                anchor=operation["operationId"],
                method=method.upper(),
                path=document["servers"][0]["url"] + path,
                summary=operation["summary"],
                description=_marked(operation.get("description", "")),
                needs_token={"Bearer": []} in operation.get("security", ()),
                parameters=tuple(_parameter(item) for item in operation["parameters"]),
                body=_fields(_schema_in(operation.get("requestBody", {})), schemas),
                replies=tuple(_replies(operation["responses"], schemas)),
                refusals=tuple(_refusals(operation["responses"])),
            )


def _marked(text: str) -> SafeString:
    """Return text with its `marked` words as code."""
    parts = [
        format_html("<code>{}</code>", part) if n % 2 else part for n, part in enumerate(text.split("`"))
    ]
    return format_html("{}" * len(parts), *parts)


def _parameter(item: dict[str, Any]) -> Field:
    return Field(
        item["name"],
        _kind(item["schema"]),
        item["required"],
        _marked(item.get("description", "")),
        item["in"],
    )


def _replies(responses: dict[str, Any], schemas: dict[str, Any]) -> Iterator[Reply]:
    for status, response in responses.items():
        if int(status) < HTTPStatus.BAD_REQUEST:
            yield Reply(status, HTTPStatus(int(status)).phrase, _fields(_schema_in(response), schemas))


def _refusals(responses: dict[str, Any]) -> Iterator[Refusal]:
    for status, response in responses.items():
        for content in response.get("content", {}).values():
            for code, example in content.get("examples", {}).items():
                yield Refusal(int(status), code, example["value"]["title"])


def _schema_in(part: dict[str, Any]) -> dict[str, Any]:
    schemas: list[dict[str, Any]] = [content["schema"] for content in part.get("content", {}).values()]
    return schemas[0] if schemas else {}


def _fields(schema: dict[str, Any], schemas: dict[str, Any], prefix: str = "") -> tuple[Field, ...]:
    """Flatten a schema: `patient.family`, `items[].id`. No schema of this API refers to itself."""
    schema = _resolved(schema, schemas)
    if "items" in schema:
        return _fields(schema["items"], schemas, f"{prefix}[]") if _is_deep(schema["items"]) else ()
    required = schema.get("required", ())
    found: list[Field] = []
    for name, details in schema.get("properties", {}).items():
        path = f"{prefix}.{name}" if prefix else name
        whole = _resolved(details, schemas)
        description = _marked(details.get("description", ""))
        found.append(Field(path, _kind(whole), name in required, description))
        found.extend(_fields(whole, schemas, path))
    return tuple(found)


def _resolved(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference, also one that may be null instead."""
    options = [item for item in schema.get("anyOf", ()) if "$ref" in item]
    reference = schema.get("$ref") or (options[0]["$ref"] if options else "")
    found: dict[str, Any] = schemas[reference.rpartition("/")[2]] if reference else schema
    return found


def _is_deep(schema: dict[str, Any]) -> bool:
    return "$ref" in schema or "properties" in schema


def _kind(schema: dict[str, Any]) -> str:
    """Say a type in Russian."""
    if "anyOf" in schema:
        return " или ".join(_kind(item) for item in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        return ", ".join(schema.get("enum") or [schema["const"]])
    name: str = schema.get("type", "object")
    return _FORMATS.get(schema.get("format", ""), _TYPES.get(name, name))
