"""C49: what 38-ФЗ forbids in advertising is found by its words, and plain speech is left alone."""

import pytest

from feldsher.domain.editorial.linting import Fault, remarks

BAD = [
    ("Пациентка полностью вылечилась за неделю", Fault.CURE),
    ("Мы избавили от боли тысячи людей", Fault.CURE),
    ("История лечения нашего пациента", Fault.CURE),
    ("Спасибо доктору за зрение", Fault.THANKS),
    ("Читайте отзывы пациентов", Fault.THANKS),
    ("Если у вас болит спина, звоните", Fault.READER_IS_ILL),
    ("Вы страдаете от мигрени?", Fault.READER_IS_ILL),
    ("Гарантируем результат", Fault.GUARANTEE),
    ("Лечение без осложнений", Fault.GUARANTEE),
    ("Лучшие врачи города", Fault.BEST),
    ("Самый опытный хирург", Fault.BEST),
    ("Препарат прошёл клинические испытания", Fault.TRIALS),
    ("Эффективность клинически доказана", Fault.TRIALS),
]
GOOD = [
    "Осмотр офтальмолога со скидкой 20 % до 30 ноября",
    "Приём ведёт врач высшей категории, стаж 12 лет",
    "Лечение назначает врач после осмотра",
    "Проверка зрения занимает 20 минут",
    "Улучшение условий записи",
    "Благодарный труд",
]


@pytest.mark.parametrize(("text", "fault"), BAD)
def test_c49_what_is_forbidden_is_found(text: str, fault: Fault) -> None:
    assert [remark.code for remark in remarks([text])] == [fault]


@pytest.mark.parametrize("text", GOOD)
def test_c49_plain_speech_is_left_alone(text: str) -> None:
    assert remarks([text]) == ()


def test_codes_are_stable() -> None:
    assert sorted(Fault) == [
        *("ad_best", "ad_cure_case", "ad_guarantee", "ad_reader_is_ill", "ad_thanks", "ad_trials"),
    ]
