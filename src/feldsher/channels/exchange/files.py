"""Files as 1С sends them: in pieces of one name, plain or in an archive; only documents are kept.

A piece is whole or not there. The one that was sent last and comes once more is taken for the repeat of a
lost answer: two equal pieces in a row are in no file of 1С. Names lead nowhere: nothing is ever written to a
disk, and one that would lead out of a folder is refused all the same.
"""

import hashlib
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, Final, cast
from uuid import UUID

from django.db.models import Sum
from django.http import HttpRequest

from feldsher.channels.exchange.errors import FileRefusedError
from feldsher.channels.exchange.models import ExchangeSession, Piece, Task
from feldsher.channels.exchange.sessions import WORK
from feldsher.channels.exchange.types import TaskState
from feldsher.foundation.access.context import as_service

PIECE_BYTES: Final = 4 * 1024 * 1024
"""`file_limit`: the longest piece."""
SESSION_BYTES: Final = 512 * 1024 * 1024
UNPACKED_BYTES: Final = 2 * 1024 * 1024 * 1024
"""The longest document, unpacked."""
MOST_MEMBERS: Final = 50_000
_END, _END_SIZE, _END_64, _LONGEST_END = b"PK\x05\x06", 22, b"PK\x06\x07", 22 + 65_535
_MEMBER_BYTES: Final = 400
"""What a member may take in the list: its name and what belongs to it."""
_NAME_LENGTH: Final = 255
_KEPT: Final = (".xml", ".zip")
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_BAD_NAME: Final = "Имя файла «{}» недопустимо: нужен путь внутри выгрузки, например import.xml."
_NO_LENGTH: Final = "Запрос с\u00a0файлом пришёл без Content-Length. Ничего не\u00a0сохранено."
_TOO_LONG: Final = "Часть файла длиннее, чем разрешил сайт ({} байт). Ничего не\u00a0сохранено."
_CUT: Final = (
    "Часть файла пришла не\u00a0целиком: связь оборвалась. Она не\u00a0сохранена, отправьте её ещё раз."
)
_TOO_MUCH: Final = "Выгрузка больше {}\u00a0МБ: сайт столько не\u00a0принимает. Часть не\u00a0сохранена."
_NO_FILE: Final = (
    "Файла {} в\u00a0этой выгрузке нет: его не\u00a0передали ни\u00a0отдельно, ни\u00a0в\u00a0архиве."
)
_BAD_ZIP: Final = "Архив {} испорчен или зашифрован. Ничего не\u00a0изменилось; выгрузите его ещё раз."
_BOMB: Final = "Архив или документ в\u00a0нём слишком велик. Ничего не\u00a0изменилось."


def safe_name(sent: str) -> str:
    """Return the path of a file inside of an export, with slashes; FileRefusedError where it leads out."""
    name = sent.replace("\\", "/").strip()
    parts = name.split("/")
    if (
        not 0 < len(name) <= _NAME_LENGTH
        or not name.isprintable()
        or _DRIVE.match(name)
        or any(part in {"", ".", ".."} for part in parts)
    ):
        raise FileRefusedError("a name that leads out", sentence=_BAD_NAME.format(sent[:60]))
    return name


def keep_piece(session: ExchangeSession, *, name: str, request: HttpRequest) -> None:
    """Add the body of a request to the file of this name. FileRefusedError; then nothing was added."""
    body = _body(request)
    if not name.lower().endswith(_KEPT):
        return  # pictures: nothing shows them
    digest = hashlib.sha256(body).digest()
    with as_service(WORK):
        ExchangeSession.objects.select_for_update().get(id=session.id)
        _begin_anew(session, name)
        mine = Piece.objects.filter(session=session)
        last = mine.filter(name=name).order_by("-number").only("number", "digest").first()
        if last is not None and bytes(last.digest) == digest:
            return
        kept = mine.aggregate(size=Sum("size"))["size"] or 0
        if kept + len(body) > SESSION_BYTES:
            raise FileRefusedError("too much", sentence=_TOO_MUCH.format(SESSION_BYTES // 2**20))
        number = last.number + 1 if last is not None else 0
        Piece.objects.create(
            session=session, name=name, number=number, size=len(body), digest=digest, body=body
        )


def _body(request: HttpRequest) -> bytes:
    try:
        length = int(request.META.get("CONTENT_LENGTH") or "")
    except ValueError:
        raise FileRefusedError("no length", sentence=_NO_LENGTH) from None
    if not 0 <= length <= PIECE_BYTES:
        raise FileRefusedError("a long piece", sentence=_TOO_LONG.format(PIECE_BYTES))
    try:
        body: bytes = request.read(length)
    except OSError:
        body = b""
    if len(body) != length:
        raise FileRefusedError("a cut piece", sentence=_CUT)
    return body


def _begin_anew(session: ExchangeSession, name: str) -> None:
    """Drop the file where it has been imported already: what comes now is its next version."""
    tasks = Task.objects.filter(session=session).exclude(name="")
    if not name.lower().endswith(".zip"):
        tasks = tasks.filter(name=name)
    ended = tasks.filter(state__in=[TaskState.DONE, TaskState.FAILED])
    if ended.exists():
        Piece.objects.filter(session=session, name=name).delete()
        ended.delete()


def drop_files(session: UUID) -> None:
    """Forget the files of an exchange."""
    with as_service(WORK):
        Piece.objects.filter(session=session).delete()


def document(session: UUID, name: str) -> BinaryIO:
    """Open a document of an export, sent by itself or in an archive, within a context; FileRefusedError.

    What is read of it is bounded by UNPACKED_BYTES.
    """
    names = Piece.objects.filter(session=session).order_by("id").values_list("name", flat=True)
    sent = list(dict.fromkeys(names))
    if name in sent:
        return cast("BinaryIO", Bounded(StoredFile(session, name)))
    for archive in reversed([each for each in sent if each.lower().endswith(".zip")]):
        found = _member(session, archive, name)
        if found is not None:
            return cast("BinaryIO", Bounded(found))
    raise FileRefusedError("no such file", sentence=_NO_FILE.format(name[:60]))


def documents(session: UUID) -> list[str]:
    """Return the names of all documents that were sent, by themselves or in archives, within a context.

    FileRefusedError for an archive that is none.
    """
    names = Piece.objects.filter(session=session).order_by("id").values_list("name", flat=True)
    found: list[str] = []
    for name in dict.fromkeys(names):
        if name.lower().endswith(".zip"):
            with _opened(session, name) as file:
                found += [each.filename.replace("\\", "/") for each in file.infolist()]
        else:
            found.append(name)
    return [name for name in dict.fromkeys(found) if name.lower().endswith(".xml")]


def _member(session: UUID, archive: str, name: str) -> Any:
    """Return the open member of an archive that has this path, or None."""
    with _opened(session, archive) as file:
        member = next((each for each in file.infolist() if each.filename.replace("\\", "/") == name), None)
        if member is None:
            return None
        if member.file_size > UNPACKED_BYTES:
            raise FileRefusedError("a zip bomb", sentence=_BOMB)
        return file.open(member)


@contextmanager
def _opened(session: UUID, archive: str) -> Iterator[zipfile.ZipFile]:
    """Open an archive; FileRefusedError where it is none, or becomes none within the block."""
    try:
        stream = io.BufferedReader(StoredFile(session, archive))
        _check_directory(stream)
        yield zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError):
        raise FileRefusedError("no archive", sentence=_BAD_ZIP.format(archive[:60])) from None


def _check_directory(stream: BinaryIO) -> None:
    """Bound the list of an archive's members before it is read: each costs memory, whatever it holds.

    The form for more than 4 GB, which nobody needs here, has a second list and is refused.
    """
    size = stream.seek(0, io.SEEK_END)
    stream.seek(max(0, size - _LONGEST_END))
    tail = stream.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + _END_SIZE:
        raise zipfile.BadZipFile
    members, directory = struct.unpack_from("<HI", tail, at + 10)
    if members > MOST_MEMBERS or directory > MOST_MEMBERS * _MEMBER_BYTES or tail[:at].rfind(_END_64) >= 0:
        raise FileRefusedError("too many members", sentence=_BOMB)


class StoredFile(io.RawIOBase):
    """A file of pieces in the database, one of them in memory at a time."""

    def __init__(self, session: UUID, name: str) -> None:
        self._pieces = Piece.objects.filter(session=session, name=name)
        self._starts: list[tuple[int, int]] = []
        self._size = 0
        for number, size in self._pieces.order_by("number").values_list("number", "size"):
            self._starts.append((self._size, number))
            self._size += size
        self._at = 0
        self._loaded: tuple[int, bytes] = (0, b"")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise OSError("before the beginning of the file")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)
        if self._at >= self._size:
            return 0
        begin, body = self._piece()
        found = body[self._at - begin : self._at - begin + len(view)]
        view[: len(found)] = found
        self._at += len(found)
        return len(found)

    def _piece(self) -> tuple[int, bytes]:
        begin, body = self._loaded
        if not begin <= self._at < begin + len(body):
            begin, number = max(start for start in self._starts if start[0] <= self._at)
            row = self._pieces.filter(number=number).values_list("body", flat=True).first()
            if row is None:
                raise FileRefusedError("the file is gone", sentence=_NO_FILE.format("выгрузки"))
            self._loaded = (begin, bytes(row))
        return self._loaded


class Bounded:
    """Reads a document to a bound, whatever an archive says of its length."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._left = UNPACKED_BYTES

    def read(self, size: int = -1) -> bytes:
        try:
            found: bytes = self._stream.read(size)
        except (zipfile.BadZipFile, EOFError, zlib.error):
            raise FileRefusedError("a broken member", sentence=_BAD_ZIP.format("выгрузки")) from None
        self._left -= len(found)
        if self._left < 0:
            raise FileRefusedError("a zip bomb", sentence=_BOMB)
        return found
