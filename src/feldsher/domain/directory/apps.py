from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "feldsher.domain.directory"
    label = "directory"
