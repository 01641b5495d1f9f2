"""What counts as written, as refused and as lost; and the envelope around it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feldsher.foundation.egress.client import LostError
from feldsher.integrations.mis.bit_umc import answers, soap
from feldsher.integrations.mis.bit_umc.answers import State, written
from feldsher.integrations.mis.bit_umc.door import RefusedError
from feldsher.integrations.mis.soap import SOAP_11, SOAP_12, FaultError
from feldsher.integrations.mis.xml import BadDocumentError

GUID = "dddddddd-0000-4000-8000-000000000001"
UNKNOWN = "Ошибка при получении уникального идентификатора заявки на основе GUID."
ZERO = "00000000-0000-0000-0000-000000000000"


def _answer(result: str, *, error: str = " ", uid: str = "") -> str:
    return (
        f'<ОтветНаЗаписьССайта xmlns="S1"><Результат>{result}</Результат><ОписаниеОшибки>{error}'
        f"</ОписаниеОшибки><УИД>{uid}</УИД></ОтветНаЗаписьССайта>"
    )


def _status(code: str, words: str = "") -> str:
    return (
        f"<ОтветНаЗапросСтатусаЗаявки><Результат>{code}</Результат>"
        f"<ОписаниеРезультата>{words}</ОписаниеРезультата></ОтветНаЗапросСтатусаЗаявки>"
    )


@pytest.mark.parametrize(
    ("text", "uid"),
    [
        ("Ok", ""),
        (" Ok\n", ""),
        (_answer("true", uid=GUID), GUID),
        (_answer("true"), ""),
        (_answer("true", uid=ZERO), ""),
        (_answer("True", uid="не номер"), ""),
        (f'{{"Ответ": {{"Результат": "true", "ОписаниеОшибки": "", "УИД": "{GUID}"}}}}', GUID),
        (f'{{"Ответ": {{"Результат": true, "УИД": "{GUID}"}}}}', GUID),
        ('<РезультатВыполнения xmlns="S1"><Результат>true</Результат></РезультатВыполнения>', ""),
    ],
)
def test_a_success_gives_the_id_where_it_has_one(text: str, uid: str) -> None:
    assert written(text) == uid


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Error", "error"),
        ("Не удалось записать документ «Заявка»!", "not_written"),
        (_answer("false", error="Не удалось записать документ."), "not_written"),
        (
            _answer("false", error=UNKNOWN),
            "unknown_guid",
        ),
        ("Ошибка при получении уникального идентификатора на основе GUID.", "unknown_guid"),
        ("Ошибка при выполнении поиска заявки по уникальному идентификатору.", "unknown_guid"),
        ("Ошибка при получении уникального идентификатора на основе EmployeeID;", "refused"),
        ("Ошибка при выполнении поиска сотрудника по уникальному идентификатору;", "refused"),
        ("Не обнаружена настройка обмена с сайтом для данной клиники!", "no_exchange"),
        ("Неверный формат даты", "refused"),
        (_answer("false", error="Любые слова"), "refused"),
        (_answer("false"), "refused"),
    ],
)
def test_a_refusal_is_told_by_its_words(text: str, code: str) -> None:
    with pytest.raises(RefusedError) as caught:
        written(text)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        "OK",
        "Ок",
        "true",
        "Заявка принята",
        "Необходимо подождать",
        GUID,
        "<html><body>Ok</body></html>",
        "<ОтветНаЗаписьССайта",
        _answer("maybe"),
        _answer(""),
        _answer("false", uid=GUID),
        "{}",
        '{"Ответ": {"Результат": {"a": 1}}}',
        '<ГрафикиДляСайта xmlns="S1"/>',
    ],
)
def test_anything_else_is_lost_and_never_a_refusal(text: str) -> None:
    with pytest.raises(LostError):
        written(text)


@given(st.text(max_size=80))
def test_any_text_is_a_success_a_refusal_or_a_loss(text: str) -> None:
    try:
        assert written(text) == ""
    except (RefusedError, LostError):
        return
    assert text.strip() == "Ok"


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("1", State.BOOKED),
        ("2", State.BOOKED),
        ("3", State.BOOKED),
        ("4", State.BOOKED),
        ("5", State.CANCELLED),
        ("6", State.RESERVED),
        ("9", State.RESERVED),
    ],
)
def test_a_status_is_reserved_booked_or_cancelled(code: str, state: State) -> None:
    assert answers.status(_status(code)) is state


@pytest.mark.parametrize("code", ["0", "7", "8", "10", "", "-1", "один"])
def test_a_status_that_nobody_documents_is_lost(code: str) -> None:
    with pytest.raises(LostError):
        answers.status(_status(code))


@pytest.mark.parametrize(("code", "words"), [("3", "Заявка отменена"), ("5", "Заявка просрочена")])
def test_a_status_of_the_other_table_is_lost(code: str, words: str) -> None:
    with pytest.raises(LostError, match="disagree"):
        answers.status(_status(code, words))


def test_a_refusal_is_shortened_and_in_one_line() -> None:
    with pytest.raises(RefusedError) as caught:
        written("Ошибка\n\n" + "очень " * 100)
    assert len(caught.value.text) == 200
    assert "\n" not in caught.value.text


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_a_fault_is_told_in_its_own_words(version: str) -> None:
    inner = {
        "1.1": "<faultcode>s:Client</faultcode><faultstring>Сбой</faultstring>",
        "1.2": "<s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason><s:Text>Сбой</s:Text></s:Reason>",
    }[version]
    space = {"1.1": SOAP_11, "1.2": SOAP_12}[version]
    body = f'<s:Envelope xmlns:s="{space}"><s:Body><s:Fault>{inner}</s:Fault></s:Body></s:Envelope>'
    with pytest.raises(FaultError) as caught:
        soap.returned(body.encode(), "GetListClinic")
    assert caught.value.text == "Сбой"


def _envelope(inner: str, *, space: str = SOAP_12) -> bytes:
    return f'<s:Envelope xmlns:s="{space}" xmlns:m="ru.umc"><s:Body>{inner}</s:Body></s:Envelope>'.encode()


@pytest.mark.parametrize(
    ("inner", "told"),
    [
        ("<m:XResponse><m:return>Ok</m:return></m:XResponse>", "Ok"),
        (
            "<m:XResponse><m:return><![CDATA[\ufeff<?xml?><a/>]]></m:return></m:XResponse>",
            "<?xml?><a/>",
        ),
        ("<m:XResponse><m:return>&lt;a/&gt;</m:return></m:XResponse>", "<a/>"),
        ("<m:XResponse><m:return/></m:XResponse>", ""),
    ],
)
def test_the_returned_string_is_text_in_cdata_or_escaped(inner: str, told: str) -> None:
    assert soap.returned(_envelope(inner), "X") == told


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html/>",
        _envelope(""),
        _envelope("<m:YResponse><m:return>Ok</m:return></m:YResponse>"),
        _envelope("<m:XResponse/>"),
        _envelope("<m:XResponse><m:return><a/></m:return></m:XResponse>"),
        _envelope("<m:XResponse><m:return>Ok</m:return></m:XResponse>", space="urn:other"),
    ],
)
def test_anything_but_the_answer_to_this_call_is_refused(body: bytes) -> None:
    with pytest.raises(BadDocumentError):
        soap.returned(body, "X")
