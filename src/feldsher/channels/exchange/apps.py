from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "feldsher.channels.exchange"
    label = "exchange"
