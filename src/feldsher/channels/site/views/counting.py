"""«Файлы cookie»: what the site keeps in a browser, and the choice about outside counters.

The form has no token, so that a page with it is the same for everybody who has not chosen and may be cached.
Instead the browser has to say that the form came from this site; one that says nothing is refused.
"""

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from feldsher.channels.frontend.answers import SeeOther
from feldsher.channels.frontend.counters import choice_of, keep_choice
from feldsher.channels.frontend.queries import own_path_in
from feldsher.channels.site.pages import page
from feldsher.channels.site.views.errors import honest
from feldsher.domain.directory import selectors as directory
from feldsher.domain.passport import services
from feldsher.foundation.access.errors import ForbiddenError
from feldsher.foundation.modules import has_booking
from feldsher.kernel.errors import InvalidInputError

_ANSWERS = {"yes": True, "no": False}
_STRANGE = (
    "Откройте «Файлы cookie» внизу страницы и\u00a0выберите там: форма пришла не\u00a0с\u00a0нашего сайта."
)
_UNSAID = "Нажмите «Принять» или «Отклонить»."
_NEEDED = (
    ("Версия для\u00a0слабовидящих", "Размер букв и\u00a0цвета, которые вы\u00a0выбрали. Год."),
    ("Этот выбор", "Ваш ответ о\u00a0счётчиках. Год."),
)
_OF_FORMS = ("Защита форм", "Случайный номер браузера. Год.")
_OF_BOOKING = (
    ("Защита форм и\u00a0число одновременных записей", "Случайный номер браузера. Год."),
    ("Ваша запись", "Ключ от\u00a0страницы записи, чтобы открыли её\u00a0только вы."),
    ("Вход в\u00a0«Мои записи»", "Ключ сеанса, пока вы\u00a0не\u00a0вышли."),
    ("Кого вы записывали", "Случайный номер, только если вы\u00a0нажали «Запомнить»."),
    ("Место рядом", "До километра, до\u00a0закрытия браузера, только если вы\u00a0нажали «Ближе»."),
)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@honest
def show(request: HttpRequest) -> HttpResponse:
    """Tell of cookies and of what was chosen; POST keeps `counters` (yes, no) and returns to `next`."""
    data = request.POST if request.method == "POST" else request.GET
    back = own_path_in(data, "next")
    said = choice_of(request, directory.brand().counters)
    if request.method != "POST":
        needed = (*(_OF_BOOKING if has_booking() else (_OF_FORMS,)), *_NEEDED)
        context = {"said": said, "next": back, "needed": needed, "here": back}
        return page(request, "cookies.html", context)
    if not _is_own(request):
        raise ForbiddenError("a choice of cookies from elsewhere", sentence=_STRANGE)
    is_agreed = _ANSWERS.get(request.POST.get("counters") or "")
    if is_agreed is None:
        raise InvalidInputError("no choice", fields={"counters": _UNSAID})
    response = SeeOther(back)
    if said.counters:
        keep_choice(response, said, is_agreed=is_agreed)
        if said.is_agreed is not is_agreed:
            services.note_choice(is_agreed=is_agreed, counters=said.key)
    return response


def _is_own(request: HttpRequest) -> bool:
    """Return whether the browser says that the form came from this site."""
    site = request.META.get("HTTP_SEC_FETCH_SITE")
    if site is not None:
        return bool(site == "same-origin")
    origin = urlsplit(request.META.get("HTTP_ORIGIN", ""))
    return bool(origin.netloc) and origin.netloc == request.get_host()
