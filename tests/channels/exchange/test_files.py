"""What is taken of a file, and what is refused: names, lengths, archives."""

import io
import struct
import zipfile
from urllib.parse import unquote
from uuid import uuid4

import pytest
from django.test import Client

from channels.exchange.conftest import ADDRESS, do_jobs
from channels.exchange.test_sessions import Credential, ask, begun
from domain.directory.price_lists import document, good, goods
from feldsher.channels.exchange import files, work
from feldsher.channels.exchange.models import Piece, Task
from feldsher.domain.directory.models import PriceListItem

pytestmark = pytest.mark.django_db
LIST = document(goods(good("g1", "A-1"), good("g2")))


@pytest.fixture
def client(credential: Credential, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(work, "WAIT_SECONDS", 0.0)
    client = Client()
    begun(client, credential)
    return client


def send(client: Client, name: str, body: bytes, **meta: str) -> str:
    address = f"{ADDRESS}?type=catalog&mode=file&filename={name}"
    answer = client.post(address, body, content_type="application/octet-stream", **meta)
    assert answer.status_code == 200
    return answer.content.decode("windows-1251").replace("\u00a0", " ")


def imported(client: Client, name: str) -> str:
    """Ask, let the worker do it, and ask again."""
    first = ask(client, "import", filename=name)
    if not first.startswith("progress"):
        return first
    do_jobs()
    return ask(client, "import", filename=name)


def packed(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return file.getvalue()


@pytest.mark.parametrize(
    "name",
    [
        *("../import.xml", "a/../../etc/passwd.xml", "/etc/passwd.xml", "C:\\x.xml", "c:x.xml", "..\\x.xml"),
        *("a//b.xml", "./x.xml", "x%00.xml", "x%0A.xml", "", "%20", "x" * 300 + ".xml", "a/", ".."),
    ],
)
def test_a_name_that_leads_out_of_the_export_is_refused(client: Client, name: str) -> None:
    assert send(client, name, LIST).startswith("failure\nИмя файла")
    assert ask(client, "import", filename=unquote(name)).startswith("failure\n")
    assert not Piece.objects.exists()


def test_a_folder_inside_of_the_export_is_none_of_these(client: Client) -> None:
    name = "webdata\\000000003/import___1fa2.xml"
    assert send(client, name, LIST) == "success"
    assert imported(client, name).startswith("success\nСтрок: 2.")


def test_pieces_of_one_name_follow_each_other_and_a_repeated_answer_adds_nothing(client: Client) -> None:
    for part in (LIST[:100], LIST[100:200], LIST[100:200], LIST[200:], LIST[200:]):
        assert send(client, "import.xml", part) == "success"
    assert Piece.objects.count() == 3
    assert imported(client, "import.xml").startswith("success")
    assert PriceListItem.objects.count() == 2


def test_what_is_no_document_is_answered_and_not_kept(client: Client) -> None:
    assert send(client, "import_files/bd/picture.jpg", b"\xff\xd8") == "success"
    assert not Piece.objects.exists()


def test_a_piece_above_the_limit_or_without_a_length_or_cut_is_not_kept(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "PIECE_BYTES", 1000)
    assert send(client, "import.xml", b"x" * 1001).startswith("failure\nЧасть файла длиннее")
    assert send(client, "import.xml", b"xy", CONTENT_LENGTH="").startswith("failure\nЗапрос с файлом")
    assert send(client, "import.xml", b"xy", CONTENT_LENGTH="-1").startswith("failure\nЧасть файла длиннее")
    assert not Piece.objects.exists()


def test_all_files_of_an_exchange_have_a_limit(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "SESSION_BYTES", 100)
    assert send(client, "import.xml", b"x" * 60) == "success"
    assert send(client, "offers.xml", b"y" * 60).startswith("failure\nВыгрузка больше")
    assert ask(client, "init").startswith("zip=yes")
    assert send(client, "offers.xml", b"y" * 60) == "success"


def test_a_file_that_was_not_sent_is_named(client: Client) -> None:
    send(client, "v8.zip", packed({"import.xml": LIST}))
    assert imported(client, "offers.xml").startswith("failure\nФайла offers.xml в этой выгрузке нет")
    assert imported(client, "import.xml").startswith("success")


@pytest.mark.parametrize("damage", ["cut", "garbage", "member", "encrypted", "method"])
def test_a_broken_archive_changes_nothing_and_says_so(client: Client, damage: str) -> None:
    body = bytearray(packed({"import.xml": LIST * 1 + b" " * 9000}))
    central = body.index(b"PK\x01\x02")
    if damage == "cut":
        body = body[:-40]
    elif damage == "garbage":
        body = bytearray(b"PK\x03\x04" + b"\x00" * 500)
    elif damage == "member":
        body[60:120] = b"\x5a" * 60
    elif damage == "encrypted":
        for place in (6, central + 8):
            body[place] |= 1
    else:
        for place in (8, central + 10):
            body[place : place + 2] = struct.pack("<H", 97)
    send(client, "v8.zip", bytes(body))
    answer = imported(client, "import.xml")
    assert answer.startswith("failure\n")
    assert "Ничего не изменилось" in answer
    assert not PriceListItem.objects.exists()


def test_a_zip_bomb_is_read_to_the_bound_and_no_further(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "UNPACKED_BYTES", 100_000)
    bomb = packed({"import.xml": LIST + b" " * 200_000})
    send(client, "v8.zip", bomb)
    assert (
        imported(client, "import.xml")
        == "failure\nАрхив или документ в нём слишком велик. Ничего не изменилось."
    )
    lying = bytearray(bomb)
    for place in (22, lying.index(b"PK\x01\x02") + 24):
        lying[place : place + 4] = struct.pack("<I", 5000)
    send(client, "v9.zip", bytes(lying))
    send(client, "import.xml", b"")
    Task.objects.all().delete()
    Piece.objects.filter(name__in=["v8.zip", "import.xml"]).delete()
    assert imported(client, "import.xml").startswith("failure\n")
    assert not PriceListItem.objects.exists()


@pytest.mark.parametrize("how", ["many", "long", "second list"])
def test_an_archive_of_too_many_members_is_refused_before_they_are_listed(
    client: Client, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    body = bytearray(packed({f"{number}.xml": LIST for number in range(4)}))
    if how == "many":
        monkeypatch.setattr(files, "MOST_MEMBERS", 3)
    elif how == "long":
        monkeypatch.setattr(files, "_MEMBER_BYTES", 0)
    else:
        end = body.index(b"PK\x05\x06")
        body[end:end] = b"PK\x06\x07" + b"\x00" * 16
    monkeypatch.setattr(files.zipfile.ZipFile, "infolist", lambda _: pytest.fail("they were listed"))
    send(client, "v8.zip", bytes(body))
    assert imported(client, "1.xml").startswith("failure\nАрхив или документ в нём слишком велик")


def test_a_job_that_is_done_twice_or_whose_task_is_gone_does_nothing(client: Client) -> None:
    send(client, "import.xml", LIST)
    assert imported(client, "import.xml").startswith("success")
    PriceListItem.objects.all().delete()
    work.do(Task.objects.get().id)
    work.do(uuid4())
    assert not PriceListItem.objects.exists()


def test_an_accident_is_told_in_our_words_and_the_job_fails(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(client, "import.xml", LIST)
    monkeypatch.setattr(work.directory, "import_price_list", lambda *_, **__: 1 / 0)
    ask(client, "import", filename="import.xml")
    with pytest.raises(ZeroDivisionError):
        do_jobs()
    answer = ask(client, "import", filename="import.xml")
    assert answer == "failure\nНа сайте сбой, файл не прочитан. Ничего не изменилось; повторите обмен."
