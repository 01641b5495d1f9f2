"""Invented pages for a demo: a page a kind to read and to edit, and as many articles as a large site has."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from wagtail.signal_handlers import disable_reference_index_auto_update

from feldsher.domain.directory import selectors as directory
from feldsher.domain.editorial import comparison
from feldsher.domain.editorial.models import MODELS, Section, Verdict, shown
from feldsher.domain.editorial.types import PageKind, VerdictKind
from feldsher.foundation.access.staff_rows import STAFF
from feldsher.kernel import clock

_TERM = timedelta(days=365)
_SOURCES = {
    "type": "sources",
    "value": [
        {
            "kind": "address",
            "reference": "https://example.org/dry-eye",
            "title": "Памятка о\u00a0сухости глаз (вымышленный источник)",
        }
    ],
}
_DOCTORS = 50
_TOPICS = (
    *(
        "отдых глаз",
        "прогулки",
        "сон",
        "осанка",
        "завтрак",
        "питьевой режим",
        "зарядка",
        "свет в\u00a0комнате",
    ),
    *(
        "зимняя одежда",
        "перерывы в\u00a0работе",
        "дорога в\u00a0школу",
        "плавание",
        "велосипед",
        "лыжи",
        "дача",
    ),
)
_ADVICE = (
    *("Делайте перерыв каждый час.", "Гуляйте, когда светло.", "Ложитесь в\u00a0одно время."),
    *("Проветривайте комнату.", "Спросите врача на\u00a0приёме."),
)
_PAGES: tuple[tuple[PageKind, str, str, str, list[dict[str, Any]]], ...] = (
    (
        PageKind.ARTICLE,
        "glaza-ustayut",
        "Почему глаза устают от экрана",
        "За экраном мы моргаем реже, и поверхность глаза сохнет. Как устроить работу и когда идти к врачу.",
        [
            {"type": "heading", "value": "Что помогает"},
            {
                "type": "text",
                "value": "<p>Смотрите вдаль каждые 20 минут. Держите экран <b>на расстоянии руки</b>.</p>",
            },
            {
                "type": "list",
                "value": {
                    "items": ["Свет сбоку, без бликов", "Увлажнитель воздуха зимой", "Перерыв раз в час"],
                    "is_numbered": False,
                },
            },
            {
                "type": "table",
                "value": {
                    "caption": "Расстояние до экрана",
                    "text": "Экран | Расстояние\nТелефон | 30–40 см\nМонитор | 50–70 см",
                },
            },
            {
                "type": "note",
                "value": {
                    "tone": "danger",
                    "text": "Зрение упало внезапно или глаз сильно болит: 103 или 112.",
                },
            },
            {
                "type": "faq",
                "value": [
                    {
                        "question": "Нужны ли очки для компьютера?",
                        "answer": "Это решает врач после проверки зрения.",
                    }
                ],
            },
            _SOURCES,
        ],
    ),
    (
        PageKind.CONDITION,
        "suhoy-glaz",
        "Синдром сухого глаза",
        "Слезы не хватает, или она быстро испаряется: глаза сохнут, краснеют, устают к вечеру.",
        [
            {"type": "heading", "value": "Как проверяют"},
            {
                "type": "text",
                "value": "<p>Врач осматривает глаз и измеряет, как держится слёзная плёнка.</p>",
            },
            _SOURCES,
        ],
    ),
    (
        PageKind.PROMOTION,
        "proverka-zreniya",
        "Проверка зрения со скидкой 20 %",
        "Осмотр и подбор очков дешевле до конца срока акции.",
        [
            {
                "type": "advertisement",
                "value": {
                    "title": "Проверка зрения",
                    "text": "Острота зрения, глазное давление, осмотр глазного дна. Занимает 40 минут.",
                    "terms": "1 520 ₽ вместо 1 900 ₽",
                },
            }
        ],
    ),
    (
        PageKind.NEWS,
        "raspisanie-v-dekabre",
        "Как мы работаем в декабре",
        "В субботу 12 декабря все филиалы закроются на час раньше.",
        [{"type": "text", "value": "<p>Записи на это время перенесём и предупредим о каждой.</p>"}],
    ),
    (
        PageKind.LEGAL,
        "pravila-poseshcheniya",
        "Правила посещения",
        "Что взять с собой и как отменить запись.",
        [{"type": "list", "value": {"items": ["Паспорт", "Полис, если он есть"], "is_numbered": True}}],
    ),
)


def rehearse(*, articles: int = 0) -> int:
    """Publish the invented pages that are not there yet, and so many articles more; returns how many.

    The articles go by turns to the first fifty doctors, each approved by its own. No doctor: no medical page.
    """
    doctors = [card.id for card in directory.practitioners(limit=_DOCTORS)[0]]
    made = sum(
        _publish(kind, slug, (title, lead), body, doctors[0] if doctors else None)
        for kind, slug, title, lead, body in _PAGES
    )
    if not doctors:
        return made
    # They name no other page or image, so that Wagtail need not look for what they refer to.
    with transaction.atomic(), disable_reference_index_auto_update():
        return made + sum(
            _publish(PageKind.ARTICLE, slug, words, body, doctors[number % len(doctors)])
            for number, (slug, words, body) in enumerate(map(_memo, range(1, articles + 1)))
        )


def _memo(number: int) -> tuple[str, tuple[str, str], list[dict[str, Any]]]:
    """Return an invented article: its slug, its title and lead, its body."""
    topic, advice = _TOPICS[number % len(_TOPICS)], _ADVICE[number // len(_TOPICS) % len(_ADVICE)]
    words = (
        f"Вымышленная памятка № {number}: {topic}",
        f"Пример статьи для пробы сайта, не\u00a0совет врача: {topic}, {advice.lower()}",
    )
    body: list[dict[str, Any]] = [
        {"type": "heading", "value": "О чём эта памятка"},
        {
            "type": "text",
            "value": f"<p>Это вымышленный текст о\u00a0том, что такое {topic}. <b>{advice}</b></p>"
            "<p>Настоящие статьи пишут врачи клиники.</p>",
        },
        {"type": "list", "value": {"items": ["Пример первый", "Пример второй"], "is_numbered": False}},
        {
            "type": "faq",
            "value": [{"question": f"Правда ли это: {topic}?", "answer": "Нет, текст вымышлен."}],
        },
        _SOURCES,
    ]
    return f"pamyatka-{number}", words, body


@STAFF.reach()
def _publish(
    kind: PageKind, slug: str, words: tuple[str, str], body: list[dict[str, Any]], doctor: UUID | None
) -> bool:
    model = MODELS[kind]
    if model.objects.filter(slug=slug).exists() or (kind.is_medical and doctor is None):
        return False
    today = shown.today()
    more: dict[str, Any] = {"author": doctor, "reviewer": doctor} if kind.is_medical else {}
    if kind is PageKind.PROMOTION:
        more = {"starts_on": today, "ends_on": today + _TERM}
    with transaction.atomic():
        row = model(title=words[0], slug=slug, lead=words[1], body=body, live=False, **more)
        Section.objects.get(slug=kind).add_child(instance=row)
        revision = row.save_revision()
        if doctor is not None and kind.is_medical:
            Verdict.objects.create(
                page_id=row.pk,
                revision=revision.pk,
                digest=comparison.digest(revision.content),
                kind=VerdictKind.APPROVED,
                practitioner=doctor,
                at=clock.now(),
                review_by=today + _TERM,
            )
        revision.publish()
    return True
