"""What pages offer beside their subject, in words of their descriptions."""

from feldsher.foundation.modules import has_booking


def offered_words() -> str:
    """Return what a reader can do here: book, or ask to be called."""
    return (
        "Свободное время, цены и\u00a0запись без\u00a0звонка"
        if has_booking()
        else "Цены, филиалы и\u00a0заказ звонка"
    )
