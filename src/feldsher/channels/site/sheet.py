"""An estimate as PDF: A4, text that can be selected and searched, fonts inside, nothing of who asked.

The same paper is the same file, byte for byte. A paper has a hundred services at most (checkups), which
bounds size and time. The warning of 38-ФЗ, art. 24 takes 5 % of every sheet. Imported by who draws one alone:
fonts take a third of a second.
"""

import unicodedata
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Final, cast

from fpdf import FPDF, XPos, YPos
from fpdf.fonts import TTFFont

from feldsher.channels.frontend.warning import WARNING
from feldsher.channels.site.paper import Paper

WARNING_SHARE: Final = 0.05
_FONTS: Final = Path(__file__).parent / "fonts"
_FACE: Final = "golos"
_SIDE, _TOP, _PRICE = 18.0, 16.0, 42.0
_WIDTH, _HEIGHT = 210.0, 297.0
_INNER: Final = _WIDTH - 2 * _SIDE
_WARNING_HEIGHT: Final = round(WARNING_SHARE * _WIDTH * _HEIGHT / _INNER + 0.5, 1)
_PAGE_LINE: Final = 6.0
_FOOT: Final = 10.0 + _WARNING_HEIGHT + _PAGE_LINE
_INK, _SECOND, _LINE = 20, 90, 190
_SPELLED: Final = {
    "α": "альфа",
    "β": "бета",
    "γ": "гамма",
    "δ": "дельта",
    "ε": "эпсилон",
    "κ": "каппа",
    "λ": "лямбда",
    "ω": "омега",
    "μ": "µ",
}
"""Greek letters, which the font has not, as laboratories read them aloud."""


def draw(paper: Paper) -> bytes:
    """Return the file of a paper."""
    sheet = Sheet(paper)
    sheet.head()
    for name, price in paper.lines:
        sheet.row(name, price)
    for name, price in paper.sums[:-1]:
        sheet.row(name, price, is_strong=True)
    for name, price in paper.sums[-1:]:
        sheet.row(name, price, is_strong=True, size=14)
    sheet.ln(3)
    for note in paper.notes:
        sheet.words(note)
    sheet.ln(2)
    for words in paper.legal:
        sheet.words(words, size=8.5, shade=_SECOND)
    sheet.leads_to(paper.link)
    return bytes(sheet.output())


class Sheet(FPDF):
    """A4 with the warning and the number at the foot of every page; lengths are millimetres."""

    def __init__(self, paper: Paper) -> None:
        super().__init__(format="A4")
        self._paper = paper
        self.set_margins(_SIDE, _TOP, _SIDE)
        self.c_margin = 0
        self.set_auto_page_break(auto=True, margin=_FOOT)
        for style, weight in (("", 400), ("B", 600)):
            self.add_font(_FACE, style, _FONTS / f"golos-{weight}.ttf")
        self._known = frozenset(cast("TTFFont", self.fonts[_FACE]).cmap)
        self.set_lang("ru-RU")
        self.set_title(paper.title)
        self.set_author(paper.clinic)
        self.set_creation_date(datetime.combine(paper.day, time(), UTC))
        self.alias_nb_pages()
        self.add_page()

    def head(self) -> None:
        """Draw whose paper this is and what it is of."""
        paper, half = self._paper, _INNER / 2
        top = self.get_y()
        self._face(11, is_strong=True)
        self.multi_cell(half, 6, self._drawable(paper.clinic), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        below = self.get_y()
        self.set_xy(_SIDE + half, top)
        self.multi_cell(half, 6, paper.phone, align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_y(max(below, self.get_y()) + 2)
        self._rule(_INK)
        self.ln(7)
        self.words(paper.title, size=19, is_strong=True)
        if paper.subtitle:
            self.words(paper.subtitle, shade=_SECOND)
        self.ln(4)

    def row(self, name: str, price: str, *, is_strong: bool = False, size: float = 10.5) -> None:
        """Draw a name with its price at the right; both stay on one page."""
        self._face(size, is_strong=is_strong)
        text, width, step = self._drawable(name), _INNER - _PRICE, size * 0.5
        asked = self.multi_cell(width, step, text, align="L", dry_run=True, output="HEIGHT")
        height = cast("float", asked) + 4
        if self.will_page_break(height):
            self.add_page()
        self._rule(_LINE)
        top = self.get_y()
        self.set_xy(_SIDE, top + 2)
        self.multi_cell(width, step, text, align="L")
        self._face(size, is_strong=True)
        self.set_xy(_SIDE + width, top + 2)
        self.multi_cell(_PRICE, step, self._drawable(price), align="R")
        self.set_xy(_SIDE, top + height)

    def words(
        self, text: str, *, size: float = 10.5, shade: int = _INK, is_strong: bool = False, link: str = ""
    ) -> None:
        """Draw a paragraph."""
        self._face(size, is_strong=is_strong)
        self.set_text_color(shade)
        self.multi_cell(
            _INNER,
            size * 0.5,
            self._drawable(text),
            align="L",
            link=link,
            new_x=XPos.LMARGIN,
            new_y=YPos.NEXT,
        )
        self.set_text_color(_INK)
        self.ln(1.5)

    def leads_to(self, link: str) -> None:
        """Draw where the same choice is counted anew, as a link of the file and in letters of its address."""
        self.ln(2)
        self.words("Посчитать заново на\u00a0сайте, цена будет на\u00a0тот день:", size=8.5, shade=_SECOND)
        self.words(link, size=8.5, link=link)

    def footer(self) -> None:
        """Draw the warning and the number of the page."""
        self.set_y(_HEIGHT - _FOOT + 4)
        self._face(11)
        self.set_draw_color(_INK)
        self.cell(_INNER, _WARNING_HEIGHT, WARNING, border=1, align="C", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self._face(8.5)
        self.set_text_color(_SECOND)
        number = f"{self._drawable(self._paper.title[:60])}, страница {self.page_no()} из\u00a0{{nb}}"
        self.cell(_INNER, _PAGE_LINE, number)
        self.set_text_color(_INK)

    def _face(self, size: float, *, is_strong: bool = False) -> None:
        self.set_font(_FACE, "B" if is_strong else "", size)

    def _rule(self, shade: int) -> None:
        self.set_draw_color(shade)
        self.line(_SIDE, self.get_y(), _WIDTH - _SIDE, self.get_y())

    def _drawable(self, text: str) -> str:
        """Return the text in letters that the font has: «β-ХГЧ» is «бета-ХГЧ», what has no letters is «?»."""
        return "".join(char if ord(char) in self._known else self._spelled(char) for char in text)

    def _spelled(self, char: str) -> str:
        if char.isspace() or unicodedata.category(char).startswith("C"):
            return " "
        spelled = _SPELLED.get(char.lower()) or unicodedata.normalize("NFKD", char)[0]
        return spelled if all(ord(each) in self._known for each in spelled) else "?"
