"""Rich text as runs, and the words of a page: for showing, comparing and checking what an editor typed.

The editor stores a small HTML of its own (`<p>`, `<b>`, `<a>`). It is never sent on: it is read into runs,
and templates write the markup anew.
"""

from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from urllib.parse import urlsplit

from feldsher.domain.editorial.types import Paragraph, Run

_SCHEMES = frozenset({"http", "https", "tel", "mailto"})
_BOLD = frozenset({"b", "strong"})
CHOSEN = frozenset({"id", "type", "tone", "kind", "image", "is_numbered"})
"""Parts of blocks that are chosen, not written."""
AddressOf = Callable[[int], str]


class _Reader(HTMLParser):
    def __init__(self, address_of: AddressOf) -> None:
        super().__init__(convert_charrefs=True)
        self.paragraphs: list[list[Run]] = [[]]
        self._address_of = address_of
        self._bold = 0
        self._url = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "p":
            self.paragraphs.append([])
        elif tag in _BOLD:
            self._bold += 1
        elif tag == "br":
            self.paragraphs[-1].append(Run(" "))
        elif tag == "a":
            self._url = self._target(dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        if tag in _BOLD:
            self._bold -= 1
        elif tag == "a":
            self._url = ""

    def handle_data(self, data: str) -> None:
        if data:
            self.paragraphs[-1].append(Run(data, is_bold=self._bold > 0, url=self._url))

    def _target(self, attributes: dict[str, str | None]) -> str:
        page = attributes.get("id") or ""
        if attributes.get("linktype") == "page" and page.isdigit():
            return self._address_of(int(page))
        return safe_address(attributes.get("href") or "")


def safe_address(address: str) -> str:
    """Return an address that a link may lead to; an empty one for any other scheme, and for none at all."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return ""
    is_own = not parts.scheme and not parts.netloc and parts.path.startswith("/")
    return address.strip() if is_own or parts.scheme in _SCHEMES else ""


def paragraphs(html: str, *, address_of: AddressOf) -> tuple[Paragraph, ...]:
    """Read the editor's HTML; `address_of` gives the address of a page by its id, an empty one for none."""
    reader = _Reader(address_of)
    reader.feed(html)
    reader.close()
    found = (tuple(runs) for runs in reader.paragraphs)
    return tuple(runs for runs in found if "".join(run.text for run in runs).strip())


def words_of(value: object) -> Iterator[str]:
    """Yield each text of blocks as they lie in the table, in its order; `text` blocks alone have markup."""
    if isinstance(value, dict) and value.get("type") == "text":
        for runs in paragraphs(str(value["value"]), address_of=lambda _: ""):
            yield "".join(run.text for run in runs).strip()
    elif isinstance(value, dict):
        for name, each in value.items():
            if name not in CHOSEN:
                yield from words_of(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from words_of(each)
    elif isinstance(value, str | int | float) and not isinstance(value, bool) and str(value).strip():
        yield str(value).strip()
