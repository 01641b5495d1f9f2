"""What a page of editors says to machines in schema.org's words (JSON-LD): pure functions, as `structured`.

An offer in an advertisement is never an Offer (38-ФЗ: it is advertising, and its terms are words), and no
review or outside rating is said at all. A page is a FAQPage where questions are all that it holds: an article
with a few of them below is an article.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from feldsher.channels.site.structured import Thing, known
from feldsher.domain.editorial.types import (
    FaqPart,
    HeadingPart,
    PageKind,
    Person,
    PicturePart,
    ShownPage,
    Source,
    SourcesPart,
)

_TYPES = {
    PageKind.ARTICLE: "MedicalWebPage",
    PageKind.CONDITION: "MedicalWebPage",
    PageKind.NEWS: "NewsArticle",
}
"""Kinds with a type of their own; any other is a WebPage."""


def text_page(
    page: ShownPage, publisher: Thing, *, origin: str, path: str, doctors: Mapping[UUID, str]
) -> list[Thing]:
    """Return what a page is and is about; `doctors` are paths of their pages, for those who have one.

    `publisher` is the network (`structured.organization`).
    """
    url = f"{origin}{path}"
    own: Thing = {
        "@type": _TYPES.get(page.kind, "WebPage"),
        "@id": f"{url}#page",
        "url": url,
        "name": page.title,
        "headline": page.title,
        "description": page.lead,
        "inLanguage": "ru",
        "image": [f"{origin}{part.plain.url}" for part in page.parts if isinstance(part, PicturePart)],
        "datePublished": page.published_at.isoformat() if page.published_at else "",
        "dateModified": page.changed_at.isoformat() if page.changed_at else "",
        "publisher": publisher,
        "citation": [
            _source(source) for part in page.parts if isinstance(part, SourcesPart) for source in part.items
        ],
    }
    if page.kind is PageKind.NEWS:
        own |= {"author": {"@id": publisher["@id"]}, "mainEntityOfPage": url}
    if page.trust:
        author, reviewer = (
            _person(person, origin=origin, path=doctors.get(person.id, ""), employer=publisher)
            for person in (page.trust.author, page.trust.reviewer)
        )
        own["author"] = author
        if page.trust.reviewed_on:
            own |= {"reviewedBy": reviewer, "lastReviewed": page.trust.reviewed_on.isoformat()}
    about: list[Thing] = []
    if page.kind is PageKind.CONDITION:
        own["mainEntity"] = {"@id": f"{url}#condition"}
        about.append(_condition(page, url=url))
    return [known(own), *about, *_questions(page, url=url)]


def is_faq(page: ShownPage) -> bool:
    """Say whether a page is questions with answers and nothing besides but headings and sources."""
    kinds = {type(part) for part in page.parts}
    return FaqPart in kinds and kinds <= {FaqPart, HeadingPart, SourcesPart}


def _condition(page: ShownPage, *, url: str) -> Thing:
    return {
        "@type": "MedicalCondition",
        "@id": f"{url}#condition",
        "name": page.title,
        "description": page.lead,
        "mainEntityOfPage": {"@id": f"{url}#page"},
    }


def _questions(page: ShownPage, *, url: str) -> Sequence[Thing]:
    if not is_faq(page):
        return ()
    questions = [
        {
            "@type": "Question",
            "name": item.question,
            "acceptedAnswer": {"@type": "Answer", "text": item.answer},
        }
        for part in page.parts
        if isinstance(part, FaqPart)
        for item in part.items
    ]
    return ({"@type": "FAQPage", "@id": f"{url}#faq", "url": url, "mainEntity": questions},)


def _person(person: Person, *, origin: str, path: str, employer: Thing) -> Thing:
    """Return a doctor as the page names them; one who has left says no more than that."""
    if not person.is_known:
        return {}
    return known(
        {
            "@type": "Person",
            "name": person.name,
            "url": f"{origin}{path}" if path else "",
            "jobTitle": person.qualification,
            "hasCredential": [
                {"@type": "EducationalOccupationalCredential", "name": title} for title in person.titles
            ],
            "worksFor": {"@id": employer["@id"]} if path else {},
        }
    )


def _source(source: Source) -> Thing:
    return known(
        {
            "@type": "CreativeWork",
            "name": source.title,
            "identifier": source.reference,
            "url": source.url,
        }
    )
