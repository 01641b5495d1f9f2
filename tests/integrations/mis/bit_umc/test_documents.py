"""Hostile and odd documents: everything is bounded, and XML and JSON say the same."""

import base64
import json
import zipfile
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feldsher.integrations.mis import xml
from feldsher.integrations.mis.bit_umc import documents
from feldsher.integrations.mis.bit_umc.documents import child, read_document, rows, text_of
from feldsher.integrations.mis.xml import BadDocumentError, decode, parse_xml
from integrations.mis.bit_umc.factory import packed

LIMIT = 5_000_000
BOMB = """<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "lol"><!ENTITY y "&x;&x;&x;&x;">]><a>&y;</a>"""
FILE = """<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>"""
REMOTE = """<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x.dtd"><a/>"""


@pytest.mark.parametrize("text", [BOMB, FILE, REMOTE, "<a>&x;</a>", "<a>&#0;</a>", "<a", "", "\x00<a/>"])
def test_a_document_type_an_entity_or_a_torn_document_is_refused(text: str) -> None:
    with pytest.raises(BadDocumentError):
        parse_xml(text)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "cp1251"])
def test_only_utf_8_is_spoken(encoding: str) -> None:
    with pytest.raises(BadDocumentError):
        parse_xml(decode("<а>б</а>".encode(encoding)))


def test_a_declared_encoding_changes_nothing() -> None:
    root = parse_xml(decode("\ufeff<?xml version='1.0' encoding='windows-1251'?><а>да</а>".encode()))
    assert (root.tag, root.text) == ("а", "да")


@pytest.mark.parametrize(("open_", "close"), [("<a>", "</a>"), ("[", "]"), ('{"a":', "}")])
@pytest.mark.parametrize("depth", [14, 1_500, 200_000])
def test_depth_is_bounded(open_: str, close: str, depth: int) -> None:
    inner = "<b/>" if open_ == "<a>" else "1"
    with pytest.raises(BadDocumentError):
        read_document(open_ * depth + inner + close * depth, limit=LIMIT)


@pytest.mark.parametrize("text", ["<a>" + "<b/>" * 11 + "</a>", "[" + "{}," * 10 + "{}]"])
def test_the_count_of_elements_is_bounded(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (documents, xml):
        monkeypatch.setattr(module, "MAX_NODES", 11)
    with pytest.raises(BadDocumentError, match="too many"):
        read_document(text, limit=LIMIT)


def test_one_string_of_many_megabytes_is_read() -> None:
    root = parse_xml(f"<a><![CDATA[{'x' * 12_000_000}]]></a>")
    assert len(root.text or "") == 12_000_000


@pytest.mark.parametrize("text", ["{", '{"a": NaN', "[1, 2", "{'a': 1}", '{"a": ' + "9" * 10_000 + "}"])
def test_torn_json_and_numbers_of_any_length_are_refused(text: str) -> None:
    with pytest.raises(BadDocumentError):
        read_document(text, limit=LIMIT)


def test_an_archive_that_unfolds_over_the_limit_is_refused() -> None:
    with pytest.raises(BadDocumentError, match="unfolds too far"):
        read_document(packed("<a>" + "x" * 900_000 + "</a>"), limit=800_000)


def test_an_archive_of_a_suspicious_ratio_is_refused() -> None:
    bomb = packed(b"\x00" * 4_000_000)
    with pytest.raises(BadDocumentError, match="unfolds too far"):
        read_document(bomb, limit=LIMIT)


def test_an_archive_that_lies_about_its_size_is_refused() -> None:
    honest = base64.b64decode(packed("<a>" + "x" * 3_000_000 + "</a>"))
    for place in (honest.index(b"PK\x03\x04") + 22, honest.index(b"PK\x01\x02") + 24):
        honest = honest[:place] + (10).to_bytes(4, "little") + honest[place + 4 :]
    with pytest.raises(BadDocumentError):
        read_document(base64.b64encode(honest).decode(), limit=LIMIT)


@pytest.mark.parametrize(
    "text",
    [
        packed(),
        packed("<a/>", "<b/>"),
        packed("just words"),
        packed(packed("<a/>")),
        packed(b"\xff\xfe"),
        packed("<a>")[:-12],
        base64.b64encode(b"PK\x03\x04 and nothing more").decode(),
        "not base64!",
        "Ошибка",
        "",
    ],
)
def test_an_archive_of_anything_but_one_document_is_refused(text: str) -> None:
    with pytest.raises(BadDocumentError):
        read_document(text, limit=LIMIT)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_an_archive_holds_xml_or_json_whatever_was_asked_for(method: int) -> None:
    assert read_document(packed("<а><б>1</б></а>", method=method), limit=LIMIT) == ("а", {"б": "1"})
    assert read_document(packed('{"а": {"б": 1}}', method=method), limit=LIMIT) == ("а", {"б": "1"})


def test_base64_may_come_in_lines() -> None:
    text = packed("<a>1</a>")
    assert read_document("\r\n".join(text[i : i + 10] for i in range(0, len(text), 10)), limit=LIMIT) == (
        "a",
        "1",
    )


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ('{"Р": {"П": ""}}', 0),
        ('{"Р": ""}', 0),
        ('{"Р": {"П": []}}', 0),
        ('{"Р": {"П": {"х": 1}}}', 1),
        ('{"Р": {"П": [{"х": 1}, "", {"х": 2}]}}', 2),
        ("<Р/>", 0),
        ("<Р><П/></Р>", 0),
        ("<Р><П><х>1</х></П></Р>", 1),
        ("<Р><П><х>1</х></П><П><х>2</х></П></Р>", 2),
    ],
)
def test_rows_absorb_the_traps_of_the_shape(text: str, count: int) -> None:
    _, tree = read_document(text, limit=LIMIT)
    assert len(rows(tree, "П")) == count


def test_text_where_rows_are_expected_and_rows_where_text_is_are_refused() -> None:
    with pytest.raises(BadDocumentError):
        rows({"П": "слово"}, "П")
    with pytest.raises(BadDocumentError):
        rows({"П": [{"х": "1"}, "слово"]}, "П")
    with pytest.raises(BadDocumentError):
        text_of({"П": {"х": "1"}}, "П")


def test_null_true_and_numbers_of_json_are_texts() -> None:
    assert read_document('{"Р": {"а": null, "б": true, "в": 1.5, "г": " х "}}', limit=LIMIT) == (
        "Р",
        {"а": "", "б": "true", "в": "1.5", "г": "х"},
    )


NAMES = st.sampled_from(["Клиника", "УИД", "ПериодГрафика", "a"])
TEXTS = st.text(st.characters(codec="utf-8", categories=["L", "N", "P"]), max_size=8)
TREES = st.recursive(
    TEXTS,
    lambda inner: st.dictionaries(NAMES, st.lists(inner, min_size=1, max_size=3), min_size=1, max_size=3),
    max_leaves=12,
)


def _plain(tree: Any) -> Any:
    if isinstance(tree, str):
        return tree
    found = {name: [_plain(part) for part in parts] for name, parts in tree.items()}
    return {name: parts[0] if len(parts) == 1 else parts for name, parts in found.items()}


def _xml(name: str, tree: Any) -> str:
    if isinstance(tree, str):
        return f"<{name}>{escape(tree)}</{name}>"
    inner = "".join(_xml(key, part) for key, parts in tree.items() for part in parts)
    return f"<{name}>{inner}</{name}>"


@given(TREES)
def test_xml_json_and_their_archives_are_the_same_tree(tree: Any) -> None:
    expected = ("Корень", _plain(tree))
    xml, text = _xml("Корень", tree), json.dumps({"Корень": _plain(tree)})
    for document in (xml, text, packed(xml), packed(text)):
        assert read_document(document, limit=LIMIT) == expected


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda data: base64.b64encode(data).decode()))
def test_any_text_is_a_tree_or_a_refusal(text: str) -> None:
    try:
        _, tree = read_document(text, limit=LIMIT)
    except BadDocumentError:
        return
    child(tree, "П")
