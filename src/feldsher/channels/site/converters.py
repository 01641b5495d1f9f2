"""Parts of addresses that are words of the domain."""

from django.urls.converters import StringConverter

from feldsher.domain.editorial.types import PageKind


class PageKindConverter(StringConverter):
    """The kind of an editor's page: the first part of its address."""

    regex = "|".join(PageKind)

    def to_python(self, value: str) -> PageKind:
        return PageKind(value)

    def to_url(self, value: str) -> str:
        return str(value)
