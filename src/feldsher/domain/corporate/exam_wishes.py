"""Reads which workers are examined: as people type it, and as one line that a form or an address carries.

The line is `periodic|4.4,1.3К;10,5,2,1|…`: which examination, then each group's points with the marks that
were named, and its men, women, men and women of forty and more.
"""

import re
from collections.abc import Mapping, Sequence

from feldsher.domain.corporate.types.exams import ExamGroup, ExamKind, ExamList, ExamWish, Head
from feldsher.kernel.errors import InvalidInputError

MOST_GROUPS, MOST_POINTS, MOST_HEADS = 10, 40, 9999
LINE_LIMIT = 4000
"""Of a line that is carried, in characters."""
_TOKEN = re.compile(r"(\d{1,2}(?:\.\d{1,2}){0,3})\.?([А-ЯA-Z]*)")
_LATIN = str.maketrans("AKPO", "АКРО")
_ACUTE = "О"
"""Of the order, too: such substances add nothing to an examination."""


def read_group(points: str, *, heads: Mapping[Head, str], exams: ExamList) -> ExamGroup:
    """Return the group that somebody typed: numbers of points, and how many workers of each kind.

    Raises InvalidInputError (`points`, `heads`).
    """
    faults: dict[str, str] = {}
    found: dict[str, str] = {}
    for token in re.split(r"[\s,;]+", points.strip().upper()):
        if not token:
            continue
        number, letters, fault = _point(token, exams)
        if fault:
            faults.setdefault("points", fault)
        else:
            found[number] = "".join(sorted({*found.get(number, ""), *letters}))
    if not found:
        faults.setdefault(
            "points", "Выберите пункты в\u00a0списке или\u00a0напишите их номера, например 4.4, 5.1"
        )
    elif len(found) > MOST_POINTS:
        faults.setdefault("points", f"В\u00a0одной группе не\u00a0больше {MOST_POINTS} пунктов")
    counts: dict[Head, int] = {}
    for head in Head:
        typed = heads.get(head, "").strip() or "0"
        if not (typed.isascii() and typed.isdigit()) or int(typed[:6]) > MOST_HEADS or len(typed) > 6:  # noqa: PLR2004 - digits
            faults["heads"] = f"Число работников: цифрами, до\u00a0{MOST_HEADS}"
        else:
            counts[head] = int(typed)
    if not sum(counts.values()):
        faults.setdefault("heads", "Напишите, сколько работников в\u00a0группе")
    if faults:
        raise InvalidInputError(f"a group to correct: {', '.join(sorted(faults))}", fields=faults)
    order = list(exams.points)
    return ExamGroup(tuple(sorted(found.items(), key=lambda item: order.index(item[0]))), counts)


def _point(token: str, exams: ExamList) -> tuple[str, str, str]:
    """Return the number, the marks and, where it is none of the list, what is wrong."""
    match = _TOKEN.fullmatch(token)
    if match is None:
        return (
            "",
            "",
            f"Не\u00a0поняли «{token[:20].lower()}»: номера пунктов пишите через запятую, например 4.4, 5.1",
        )
    number, letters = match[1], match[2].translate(_LATIN).replace(_ACUTE, "")
    point = exams.points.get(number)
    if point is None:
        return (
            "",
            "",
            f"Пункта {number} в\u00a0списке нет. Проверьте номер или\u00a0спросите о\u00a0нём в\u00a0заявке",
        )
    strange = sorted(set(letters) - set(point.marks + point.some_marks))
    if strange:
        return "", "", f"У\u00a0пункта {number} нет отметки {', '.join(strange)}"
    return number, "".join(letter for letter in letters if letter not in point.marks), ""


def read_wish(line: str, *, exams: ExamList) -> ExamWish:
    """Return what a carried line says; InvalidInputError (`exams`) where the list has no such thing."""
    kind, *groups = line.split("|")
    if len(line) > LINE_LIMIT or kind not in set(ExamKind) or not 0 < len(groups) <= MOST_GROUPS:
        raise _unreadable()
    found = []
    for group in groups:
        points, _, numbers = group.partition(";")
        counts = numbers.split(",")
        if len(counts) != len(Head):
            raise _unreadable()
        try:
            found.append(read_group(points, heads=dict(zip(Head, counts, strict=True)), exams=exams))
        except InvalidInputError:
            raise _unreadable() from None
    return ExamWish(ExamKind(kind), tuple(found))


def write_wish(kind: ExamKind, groups: Sequence[ExamGroup]) -> str:
    """Return the line of a wish, empty for no group."""
    if not groups:
        return ""
    lines = [
        ",".join(number + marks for number, marks in group.points)
        + ";"
        + ",".join(str(group.heads[head]) for head in Head)
        for group in groups
    ]
    return "|".join([kind.value, *lines])


def _unreadable() -> InvalidInputError:
    sentence = "Этот расчёт уже не\u00a0читается: посчитайте заново или\u00a0отправьте заявку без\u00a0него"
    return InvalidInputError("no such set of points", fields={"exams": sentence})
