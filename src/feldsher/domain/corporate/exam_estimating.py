"""What examinations cost: pure, over the order's list and the prices of a branch.

A worker under several points is examined once: what the base and their points want together, without what
another service of theirs replaces. What is not due at each
examination, or only for some substances, is named and not counted, and the sum says «от».
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

from feldsher.domain.corporate.types.exams import (
    ExamGroup,
    ExamKind,
    ExamLine,
    ExamList,
    ExamPrice,
    ExamService,
    GroupEstimate,
    Head,
    HeadSum,
    Need,
    Point,
    Sometimes,
    When,
)


def estimate_group(
    group: ExamGroup, *, kind: ExamKind, exams: ExamList, prices: Mapping[str, ExamPrice]
) -> GroupEstimate:
    """Return what is due to a group and its sum; `prices` by code of the nomenclature."""
    points = [(exams.points[number], typed) for number, typed in group.points]
    everybody = frozenset(head for head in Head if group.heads[head])
    needs = [*exams.base]
    for point, typed in points:
        needs += [*point.needs, *_of_marks(point.marks + typed, exams)]
    due: dict[str, set[Head]] = {}
    maybe: dict[str, Sometimes] = {}
    for need in needs:
        if _is_due(need, kind):
            due.setdefault(need.service, set()).update(need.heads)
        elif (need.note or need.every) and need.heads & everybody:
            seldom = Sometimes(exams.services[need.service], need.note, years=need.every)
            maybe.setdefault(need.service, seldom)
    for point, typed in points:
        for letter, service in _of_some(point, typed, exams):
            known = maybe.get(service.key)
            letters = "".join(sorted({*(known.letters if known else ""), letter}))
            if known is None or known.letters:
                maybe[service.key] = Sometimes(service, letters=letters)
    _drop_replaced(due, exams)
    lines = _lines(due, group=group, exams=exams, prices=prices)
    notes = _notes(needs)
    lines = tuple(replace(line, note=notes.get(line.service.key, "")) for line in lines)
    open_ones = [each for key, each in maybe.items() if not everybody <= due.get(key, set())]
    sums = _sums(lines, group)
    is_priced = any(line.price for line in lines)
    years = min(point.years for point, _ in points)
    return GroupEstimate(
        group=group,
        lines=lines,
        sometimes=tuple(open_ones),
        sums=sums,
        total=sum((each.amount * each.count for each in sums), Decimal(0)) if is_priced else None,
        is_from=bool(open_ones) or any(_is_open(line) for line in lines),
        years=years,
        slower=tuple(point.number for point, _ in points if point.years > years),
    )


def _drop_replaced(due: dict[str, set[Head]], exams: ExamList) -> None:
    """Take from each worker what another service that they get replaces."""
    for key in list(due):
        replaced = exams.services[key].replaces
        if replaced in due:
            due[replaced] = due[replaced] - due[key]


def _notes(needs: Iterable[Need]) -> dict[str, str]:
    """Return under what condition a service is due at each examination, where each of its needs has one."""
    found: dict[str, str] = {}
    for need in needs:
        note = need.note if need.when is When.ALWAYS and not need.every else ""
        found[need.service] = note if note and found.get(need.service, note) else ""
    return found


def _is_due(need: Need, kind: ExamKind) -> bool:
    if need.when is When.IF:
        return False
    return kind is ExamKind.FIRST or (need.when is When.ALWAYS and not need.every)


def _of_marks(letters: Iterable[str], exams: ExamList) -> list[Need]:
    keys = {key for letter in letters for key in exams.marks[letter].needs}
    return [Need(key, frozenset(Head)) for key in keys]


def _of_some(point: Point, typed: str, exams: ExamList) -> list[tuple[str, ExamService]]:
    """Return what the marks add that stand at some substances of a point and were not named."""
    return [
        (letter, exams.services[key])
        for letter in point.some_marks
        if letter not in typed
        for key in exams.marks[letter].needs
    ]


def _lines(
    due: Mapping[str, set[Head]], *, group: ExamGroup, exams: ExamList, prices: Mapping[str, ExamPrice]
) -> tuple[ExamLine, ...]:
    """Return the services that somebody of the group gets, doctors first, in the order of the list."""
    found = []
    for key, service in exams.services.items():
        heads = frozenset(due.get(key, ()))
        count = sum(group.heads[head] for head in heads)
        if count:
            price = next((prices[code] for code in service.codes if code in prices), None)
            found.append(ExamLine(service, heads, count, None if service.part_of else price))
    return tuple(sorted(found, key=lambda line: not line.service.is_doctor))


def _is_open(line: ExamLine) -> bool:
    return not line.service.part_of and (line.price is None or line.price.is_from)


def _sums(lines: Iterable[ExamLine], group: ExamGroup) -> tuple[HeadSum, ...]:
    priced = [(line, line.price.amount) for line in lines if line.price]
    return tuple(
        HeadSum(
            head,
            group.heads[head],
            sum((amount for line, amount in priced if head in line.heads), Decimal(0)),
        )
        for head in Head
        if group.heads[head]
    )
