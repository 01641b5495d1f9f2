import ast
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from feldsher.foundation.audit import words
from feldsher.foundation.audit.types import ActorKind, CheckFinding, JournalRow, Opening, OwnLooks, Result
from feldsher.foundation.audit.verify import Wrong

SOURCES = Path(words.__file__).resolve().parents[2]

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ROLES = {"registrar": "регистратор", "chief_physician": "главный врач"}
NAMES = {"vera": "А. С. Иванова"}


def row(**changes: Any) -> JournalRow:
    values: dict[str, Any] = {
        "id": 1,
        "at": NOW,
        "trace": "a",
        "actor_kind": "staff",
        "actor": "vera",
        "role": "registrar",
        "on_behalf": None,
        "device": "",
        "network": "",
        "matrix_column": "A",
        "what": "appointment",
        "patients": (UUID(int=2),),
        "ids": (UUID(int=3),),
        "fields": (),
        "row_count": 1,
        "purpose": "see_visits",
        "relation": "role",
        "result": "allowed",
        "reason": "",
    }
    return JournalRow(**{**values, **changes})


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def opening(**changes: Any) -> Opening:
    values: dict[str, Any] = {
        "day": date(2026, 11, 24),
        "actor_kind": "staff",
        "actor": "vera",
        "role": "registrar",
        "purpose": "see_visits",
        "result": "allowed",
        "whats": ("appointment",),
        "times": 1,
        "first": NOW,
        "last": NOW,
    }
    return Opening(**{**values, **changes})


def opened(*openings: Opening) -> list[tuple[date, list[tuple[str, list[tuple[str, str, int]]]]]]:
    return [
        (
            day.day,
            [
                (plain(each.why), [(plain(one.who), plain(one.what), one.times) for one in each.opened])
                for each in day.reasons
            ],
        )
        for day in words.who_opened(openings, roles=ROLES, names=NAMES)
    ]


def test_c20_a_day_says_why_who_and_what_in_plain_words() -> None:
    assert opened(opening(whats=("appointment", "person"), times=2)) == [
        (
            date(2026, 11, 24),
            [
                (
                    "Работа с записями на день",
                    [("Регистратор, А. С. Иванова", "запись на приём, имя и контакты", 2)],
                )
            ],
        )
    ]


def test_c20_the_newest_day_comes_first() -> None:
    late = opening(day=date(2026, 11, 25), purpose="handle_calls", actor="oleg")
    assert opened(opening(), late) == [
        (date(2026, 11, 25), [("Перезвонить по просьбе пациента", [("Регистратор", "запись на приём", 1)])]),
        (
            date(2026, 11, 24),
            [("Работа с записями на день", [("Регистратор, А. С. Иванова", "запись на приём", 1)])],
        ),
    ]


def test_c20_the_program_a_refusal_and_what_is_new_are_told_apart() -> None:
    told = opened(
        opening(actor_kind="service", actor="x", role="", purpose="mis_exchange", whats=("person",)),
        opening(result="refused", whats=("see_visits",), role=""),
        opening(purpose="something_new", whats=("something", "else")),
    )
    assert told[0][1] == [
        ("Передать запись в МИС", [("Программа клиники", "имя и контакты", 1)]),
        ("Отказано, ничего не показано", [("Сотрудник, А. С. Иванова", "данные", 1)]),
        ("Работа клиники", [("Регистратор, А. С. Иванова", "данные", 1)]),
    ]


@pytest.mark.parametrize(
    ("kind", "role", "who"),
    [
        ("patient", "", "Вы, в личном кабинете"),
        ("patient", "representative", "Представитель, в личном кабинете"),
        ("holder", "", "По вашей ссылке или с вашего устройства"),
    ],
)
def test_c20_own_looks_say_by_which_door(kind: str, role: str, who: str) -> None:
    assert plain(words.own(OwnLooks(kind, role, times=3, last=NOW))) == who


def test_the_officer_reads_codes_that_nobody_translated_as_they_are() -> None:
    one = row(actor_kind="martian", what="thing", purpose="doing", fields=("phone", "odd", "phone"))
    assert words.who(one, roles=ROLES, names=NAMES) == "martian"
    assert (words.what(one), words.why(one), words.fields(one, roles=ROLES)) == (
        "thing",
        "doing",
        "телефон, odd",
    )


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Иванова Анна Сергеевна", "А. С. Иванова"),
        ("Иванова А.\u00a0С.", "А. С. Иванова"),
        ("Иванова А.С.", "А. С. Иванова"),
        ("Ким Вера", "В. Ким"),
        ("registrar", ""),
    ],
)
def test_a_colleague_is_named_to_a_patient_by_initials_and_a_login_never(name: str, short: str) -> None:
    assert plain(words.short_name(name)) == short


@pytest.mark.parametrize("wrong", Wrong)
def test_every_contradiction_has_its_sentence(wrong: Wrong) -> None:
    told = words.wrong(CheckFinding(wrong.value, leaf=7, entry=12, since=3, size=9))
    assert told.endswith(".")
    assert "None" not in words.wrong(CheckFinding(wrong.value, leaf=7, entry=12, since=3, size=9))
    assert "{" not in told


def test_every_kind_of_actor_and_result_has_its_word() -> None:
    assert all(words.who(row(actor_kind=kind.value, role=""), roles={}, names={}) for kind in ActorKind)
    assert set(words.RESULTS) == set(Result)


def test_every_record_and_field_that_is_ever_journalled_has_its_word() -> None:
    told = [call for path in SOURCES.rglob("*.py") for call in journalled(path)]
    assert len(told) >= 10
    assert {what for what, _ in told} - words.WHATS.keys() == set()
    assert {field for _, fields in told for field in fields} - words.FIELDS.keys() == set()


def journalled(path: Path) -> Iterator[tuple[str, set[str]]]:
    """Find what a file journals: a record, and its fields wherever they are written."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kept = named(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("feldsher."):
            written = SOURCES.parent.joinpath(*str(node.module).split(".")).with_suffix(".py")
            names = {each.name for each in node.names if each.name.isupper()}
            if names and written.is_file():
                there = named(ast.parse(written.read_text(encoding="utf-8")))
                kept |= {name: there[name] for name in names & there.keys()}
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        told = [each.value for each in call.keywords if each.arg in {"fields", "shown"}]
        fields = {field for value in told for field in strings(value, kept)}
        match call.func:
            case ast.Name("journal"):
                whats = strings(call.args[0], kept)
                assert whats, ast.unparse(call)
                yield from ((what, fields) for what in whats)
            case ast.Attribute(attr="patient_cards" | "person"):
                yield "person", fields


def named(tree: ast.Module) -> dict[str, ast.expr]:
    found: dict[str, ast.expr] = {}
    for node in ast.walk(tree):
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign) and node.value is not None:
            targets = [node.target]
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            found |= {target.id: node.value for target in targets if isinstance(target, ast.Name)}
    return found


def strings(node: ast.AST, kept: dict[str, ast.expr]) -> set[str]:
    """Return the literals of an expression; what an attribute holds is a value, as the code of a role."""
    values = {id(each.value) for each in ast.walk(node) if isinstance(each, ast.Attribute)}
    found: set[str] = set()
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            found.add(each.value)
        elif isinstance(each, ast.Name) and each.id in kept and id(each) not in values:
            found |= strings(kept[each.id], {})
    return found
