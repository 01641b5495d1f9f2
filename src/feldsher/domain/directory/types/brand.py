"""How a network's site is called, looks, is counted and proved: what the frame of each page shows."""

from dataclasses import dataclass
from enum import StrEnum

from feldsher.domain.directory.types.listings import DEFAULT_TEXTS, ListingText


class LogoType(StrEnum):
    """What a logo is by its content; the value is the end of its address."""

    PNG = "png"
    WEBP = "webp"
    SVG = "svg"


@dataclass(frozen=True, slots=True)
class Counters:
    """The clinic's numbers at outside counters, and what proves its site to search engines; empty: none."""

    metrika: str = ""
    mail_ru: str = ""
    yandex_code: str = ""
    google_code: str = ""


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """A link of the site's menu: to a section of the site by its name, else to a path of it."""

    title: str
    section: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Menus:
    """The links of header and footer as pages show them; None where nobody has arranged any."""

    header: tuple[MenuEntry, ...] | None = None
    footer: tuple[MenuEntry, ...] | None = None


@dataclass(frozen=True, slots=True)
class BrandCard:
    """How the site is called and coloured; `hue` None is the product's own, `logo` its file's name or empty.

    `is_saved` False: nobody has saved anything of it, its menus and counters neither. `texts` has one of each
    kind.
    """

    name: str = ""
    hue: int | None = None
    logo: str = ""
    is_saved: bool = False
    texts: tuple[ListingText, ...] = DEFAULT_TEXTS
    counters: Counters = Counters()
    menus: Menus = Menus()


@dataclass(frozen=True, slots=True)
class BrandChange:
    """What a brand shall be. `logo` is a new file's content, None keeps the one that is there."""

    name: str
    hue: int | None = None
    logo: bytes | None = None
    is_logo_removed: bool = False


@dataclass(frozen=True, slots=True)
class LogoFile:
    """A logo as it is served."""

    content: bytes
    type: LogoType
