"""The blocks of which editors build pages: each has its type, none takes markup, none is for reviews."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from wagtail import blocks
from wagtail.images.blocks import ImageChooserBlock

from feldsher.domain.editorial.types import SourceKind, Tone
from feldsher.domain.editorial.wording import safe_address

_PUBMED, _GUIDELINE = re.compile(r"^\d{1,9}$"), re.compile(r"^\d{1,4}(_\d)?$")
_MOST_COLUMNS = 8


class ListOfLines(blocks.StructBlock):
    items = blocks.ListBlock(blocks.CharBlock(label="Пункт", max_length=500), label="Пункты")
    is_numbered = blocks.BooleanBlock(label="По порядку, с номерами", required=False)

    class Meta:
        label = "Список"
        icon = "list-ul"


class PictureBlock(blocks.StructBlock):
    image = ImageChooserBlock(label="Изображение")
    alt = blocks.CharBlock(label="Что на нём", help_text="Для тех, кто его не видит", max_length=250)
    caption = blocks.CharBlock(label="Подпись", required=False, max_length=250)

    class Meta:
        label = "Изображение"
        icon = "image"


class TableBlock(blocks.StructBlock):
    caption = blocks.CharBlock(label="Название таблицы", max_length=250)
    text = blocks.TextBlock(
        label="Строки",
        help_text=(
            "Первая строка — заголовки. Столбцы разделены чертой | или табуляцией: можно вставить из Excel"
        ),
    )

    class Meta:
        label = "Таблица"
        icon = "table"

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        rows = table_rows(cleaned["text"])
        widths = {len(row) for row in rows}
        wrong = ""
        if len(rows) < 2:  # noqa: PLR2004 - a head and one row
            wrong = "Нужны заголовки и хотя бы одна строка."
        elif len(widths) > 1:
            wrong = "В строках разное число столбцов. Поставьте черту | и там, где ячейка пуста."
        elif max(widths) > _MOST_COLUMNS:
            wrong = f"Столбцов больше {_MOST_COLUMNS}: на телефоне такую таблицу не прочесть."
        if wrong:
            raise blocks.StructBlockValidationError(block_errors={"text": ValidationError(wrong)})
        return cleaned


class NoteBlock(blocks.StructBlock):
    tone = blocks.ChoiceBlock(
        label="Вид",
        choices=[(Tone.INFO, "Справка"), (Tone.ATTENTION, "Внимание"), (Tone.DANGER, "Опасно")],
        default=Tone.INFO,
    )
    text = blocks.TextBlock(label="Текст", max_length=1000)

    class Meta:
        label = "Примечание"
        icon = "info-circle"


class SourceBlock(blocks.StructBlock):
    kind = blocks.ChoiceBlock(
        label="Вид",
        choices=[
            (SourceKind.PUBMED, "PubMed"),
            (SourceKind.GUIDELINE, "Клинические рекомендации Минздрава"),
            (SourceKind.ADDRESS, "Адрес в интернете"),
        ],
    )
    reference = blocks.CharBlock(label="Номер или адрес", max_length=500)
    title = blocks.CharBlock(label="Название", max_length=500)

    class Meta:
        label = "Источник"

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        kind, reference = cleaned["kind"], cleaned["reference"].strip()
        wrong = ""
        if kind == SourceKind.PUBMED and not _PUBMED.match(reference):
            wrong = "Номер PubMed — только цифры, например 31462531."
        elif kind == SourceKind.GUIDELINE and not _GUIDELINE.match(reference):
            wrong = "Номер рекомендаций — как в рубрикаторе Минздрава, например 62_3."
        elif kind == SourceKind.ADDRESS and not safe_address(reference).startswith("http"):
            wrong = "Адрес начинается с https://."
        if wrong:
            raise blocks.StructBlockValidationError(block_errors={"reference": ValidationError(wrong)})
        return cleaned


class QuestionBlock(blocks.StructBlock):
    question = blocks.CharBlock(label="Вопрос", max_length=250)
    answer = blocks.TextBlock(label="Ответ")

    class Meta:
        label = "Вопрос и ответ"


class AdvertisementBlock(blocks.StructBlock):
    """An offer of services. The warning is no field of it: nobody leaves it out (38-ФЗ, art. 24, part 7)."""

    title = blocks.CharBlock(label="Предложение", max_length=150)
    text = blocks.TextBlock(label="Текст", max_length=1000)
    terms = blocks.CharBlock(label="Цена и условия", required=False, max_length=250)

    class Meta:
        label = "Реклама услуги"
        icon = "pick"


class Body(blocks.StreamBlock):
    heading = blocks.CharBlock(label="Заголовок", icon="title", max_length=150)
    text = blocks.RichTextBlock(label="Текст", icon="pilcrow", features=["bold", "link"])
    list = ListOfLines()
    picture = PictureBlock()
    table = TableBlock()
    note = NoteBlock()
    faq = blocks.ListBlock(QuestionBlock(), label="Вопросы и ответы", icon="help")
    sources = blocks.ListBlock(SourceBlock(), label="Источники", icon="openquote")
    advertisement = AdvertisementBlock()


def table_rows(text: str) -> tuple[tuple[str, ...], ...]:
    """Return the cells of a table as it is typed: a line a row, columns by a tabulator or «|»."""
    lines = (line for line in text.splitlines() if line.strip())
    return tuple(
        tuple(cell.strip() for cell in (line.split("\t") if "\t" in line else line.strip("|").split("|")))
        for line in lines
    )
