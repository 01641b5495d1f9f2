"""Яндекс «Врачи»: reports of bookings to which its search led (docs/integrations/yandex_reports.md)."""

from feldsher.integrations.yandex.reports import HOME, YandexDoctors

__all__ = ["HOME", "YandexDoctors"]
