"""Refusals of editorial."""

from feldsher.kernel.errors import DomainError


class NotApprovedError(DomainError):
    code = "page_not_approved"
    status = 409
    sentence = (
        "Медицинский текст публикуется после одобрения врача. Отметьте «Готово к\u00a0проверке» "
        "и\u00a0сохраните черновик: он встанет в\u00a0список врача."
    )


class AdvertisingError(DomainError):
    code = "advertising_forbidden"
    status = 422
    sentence = "В\u00a0рекламе медицинских услуг так писать нельзя. Исправьте текст и\u00a0опубликуйте снова."


class PageUnfinishedError(DomainError):
    code = "page_unfinished"
    status = 409
    sentence = (
        "Страницу не\u00a0опубликовать: в\u00a0ней не\u00a0всё заполнено или\u00a0её адрес занят. "
        "Редактор увидит, что исправить, когда отметит «Готово к\u00a0проверке» и\u00a0сохранит её снова."
    )


class ImageFixedError(DomainError):
    code = "image_fixed"
    status = 409
    sentence = (
        "Файл изображения не\u00a0заменить: на\u00a0страницах сменилась\u00a0бы картинка. Загрузите новое "
        "изображение и\u00a0выберите его на\u00a0странице."
    )


class ImageInUseError(DomainError):
    code = "image_in_use"
    status = 409
    sentence = (
        "Изображение стоит на\u00a0странице или\u00a0в\u00a0её черновике. Уберите его оттуда, потом удалите."
    )


class TextChangedError(DomainError):
    code = "page_changed"
    status = 409
    sentence = "Текст изменили, пока вы его читали. Откройте новую редакцию и\u00a0проверьте её."


class MenuChangedError(DomainError):
    code = "menu_changed"
    status = 409
    sentence = (
        "Меню изменил другой редактор, пока вы его правили. Ваша правка ниже: сверьте её "
        "с\u00a0нынешним меню и\u00a0сохраните ещё раз, она его заменит."
    )
