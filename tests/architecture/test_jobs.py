"""Arguments of jobs lie in a table and in logs for days: they are ids and instants, never a person's data."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from architecture.house import PRODUCT

PERSONAL = {"name", "family", "given", "middle", "person", "phone", "email", "birth_date", "address", "snils"}
PERSONAL |= {"policy", "text", "wish", "comment", "message", "body", "payload", "data", "kwargs"}
TYPES = {"str", "int"}


def suspicious(source: str) -> Iterator[str]:
    """Yield each argument of a job that may carry more than an id."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and any(map(is_job, node.decorator_list)):
            arguments = node.args
            for each in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]:
                kind = ast.unparse(each.annotation) if each.annotation else "nothing"
                if each.arg in PERSONAL or kind not in TYPES:
                    yield f"{node.name}({each.arg}: {kind})"
            if arguments.vararg or arguments.kwarg:
                yield f"{node.name}(*)"


def is_job(decorator: ast.expr) -> bool:
    target = decorator.func if isinstance(decorator, ast.Call) else decorator
    return getattr(target, "attr", "") == "task"


@pytest.mark.parametrize("path", sorted(PRODUCT.rglob("jobs.py")), ids=lambda path: path.parent.name)
def test_arguments_of_jobs_are_ids(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert ".task(" in source
    assert list(suspicious(source)) == []


@pytest.mark.parametrize("arguments", ["phone: str", "person: P", "*, when: datetime", "**rest: str", "x"])
def test_an_argument_that_may_be_personal_is_found(arguments: str) -> None:
    assert len(list(suspicious(f"@app.task(name='a.b')\ndef job({arguments}): ..."))) == 1


def test_jobs_are_put_in_by_one_door() -> None:
    named = [path for path in PRODUCT.rglob("*.py") if "DjangoConnector(" in path.read_text(encoding="utf-8")]
    assert named == [PRODUCT / "foundation" / "queue.py"]
