from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "feldsher.domain.reviews"
    label = "reviews"
