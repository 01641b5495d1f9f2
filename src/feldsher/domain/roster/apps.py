from django.apps import AppConfig


class RosterConfig(AppConfig):
    name = "feldsher.domain.roster"
    label = "roster"
