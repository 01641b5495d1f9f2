"""What 38-ФЗ, art. 24, parts 1 and 3, and art. 5 forbid to advertise medical services with.

A list of words finds what is written plainly; whoever publishes answers for the rest. Codes are stable.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    CURE = "ad_cure_case"
    THANKS = "ad_thanks"
    READER_IS_ILL = "ad_reader_is_ill"
    GUARANTEE = "ad_guarantee"
    BEST = "ad_best"
    TRIALS = "ad_trials"


@dataclass(frozen=True, slots=True)
class Remark:
    """A fault with the words that gave it away; `sentence` tells an editor what to do."""

    code: Fault
    words: str
    sentence: str


_FORBIDDEN: tuple[tuple[Fault, str, str], ...] = (
    (
        Fault.CURE,
        (
            r"исцел\w*|вылечил\w*|излечи\w*|выздоровел\w*|избавил\w*\s+от|(?:до\s+и\s+после|история)\s+"
            r"(?:лечения|выздоровления|пациент\w*)|помог\w*\s+(?:ему|ей|им|мне|нашим\s+пациентам)"
        ),
        "Случаи излечения в\u00a0рекламе запрещены. Уберите слова «{}»: пишите, что делает услуга.",
    ),
    (
        Fault.THANKS,
        r"благодар(?:ю|им|ность|ности|на|ен|ны)|спасибо|отзыв(?:ы|ов|ам)?",
        "Благодарности и\u00a0отзывы в\u00a0рекламе запрещены. Уберите слова «{}».",
    ),
    (
        Fault.READER_IS_ILL,
        (
            r"(?:у|если)\s+вас\s+(?:уже\s+)?(?:болит|боли|болеете|есть\s+(?:симптом\w*|болезн\w*|заболевани\w*))|"
            r"вы\s+(?:больны|болеете|заболели|страдаете)|ваш[аеи]?\s+(?:болезнь|заболевание|недуг)"
        ),
        "Нельзя намекать, что читатель болен. Замените слова «{}»: пишите о\u00a0самой услуге.",
    ),
    (
        Fault.GUARANTEE,
        (
            r"гарант\w+|стопроцентн\w*|100\s*%\s*(?:результат\w*|эффект\w*)|навсегда|безопасн\w+\s+и\s+эффективн\w+|"
            r"без\s+(?:побочных|риска|рисков|осложнений)"
        ),
        "Гарантировать результат или безвредность нельзя. Уберите слова «{}».",
    ),
    (
        Fault.BEST,
        (
            r"лучш(?:ий|ая|ее|ие|их|его|ему|ей|ую|им|ими)|номер\s+один|№\s*1\b|единственн\w+\s+(?:в|на)\b|"
            r"сам(?:ый|ая|ое|ые)\s+(?:лучш\w*|опытн\w*|надёжн\w*|современн\w*|эффективн\w*)"
        ),
        "Превосходство без доказательства запрещено. Замените слова «{}» тем, что можно проверить.",
    ),
    (
        Fault.TRIALS,
        (
            r"клиническ\w+\s+(?:доказан\w*|подтвержд\w*|проверен\w*|испытан\w*)|прош(?:ёл|ел|ла|ло|ли)\s+(?:все\s+)?"
            r"(?:клинические\s+)?(?:испытани|исследовани)\w*|доказан\w*\s+исследовани\w*"
        ),
        "Нельзя выдавать обязательные испытания за преимущество. Уберите слова «{}».",
    ),
)
_RULES = tuple(
    (code, re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE), sentence)
    for code, words, sentence in _FORBIDDEN
)


def remarks(texts: Iterable[str]) -> tuple[Remark, ...]:
    """Return what may not stand in an advertisement: each fault once, with the first words that show it."""
    text = "\n".join(texts)
    return tuple(
        Remark(code, found[0], sentence.format(found[0]))
        for code, rule, sentence in _RULES
        if (found := rule.search(text))
    )
