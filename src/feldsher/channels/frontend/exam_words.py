"""A counted set of examinations in words: what a company's form, and who answers it, read of its line."""

from feldsher.domain.corporate import selectors
from feldsher.domain.corporate.errors import ExamListMissingError
from feldsher.domain.corporate.types.exams import ExamKind, Head
from feldsher.kernel import formats
from feldsher.kernel.errors import InvalidInputError

KINDS = {
    ExamKind.PERIODIC: "Периодический",
    ExamKind.FIRST: "Предварительный, при\u00a0приёме на\u00a0работу",
}
HEADS = {
    Head.MEN: "Мужчины до\u00a040 лет",
    Head.WOMEN: "Женщины до\u00a040 лет",
    Head.MEN_40: "Мужчины от\u00a040 лет",
    Head.WOMEN_40: "Женщины от\u00a040 лет",
}


def told_wish(line: str) -> tuple[list[str], str]:
    """Return which examination and the groups in words, or a sentence where the line is no longer read."""
    if not line:
        return [], ""
    try:
        wish = selectors.read_wish(line, exams=selectors.current_exam_list())
    except InvalidInputError as error:
        return [], error.fields["exams"]
    except ExamListMissingError as error:
        return [], error.message
    told = [f"{KINDS[wish.kind]} осмотр" if wish.kind is ExamKind.PERIODIC else "Предварительный осмотр"]
    for group in wish.groups:
        points = ", ".join(number + marks for number, marks in group.points)
        heads = ", ".join(f"{HEADS[head].lower()}: {count}" for head, count in group.heads.items() if count)
        told.append(f"Пункты {points}. {formats.sentence_case(heads)}")
    return told, ""
