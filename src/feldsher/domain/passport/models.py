"""What editors answered to what the law wants on the site, and what readers chose about counters.

Invariants. An answer is ended, never rewritten or deleted: who said what, from when until when, is the rows
themselves. Of one item at most one answer stands. Only `services` writes here.
"""

import uuid
from typing import ClassVar

from django.db import models

from feldsher.foundation.privacy.data_class import DataClass


class Answer(models.Model):
    """An editor's word about one item (`types.Item`): a text, a link, or that this clinic has no such thing.

    `valid_until` is the last day on which it is true, None where it has none. `author` is a login.
    """

    data_class = DataClass.PUBLIC

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    item = models.CharField(max_length=40)
    text = models.TextField(default="")
    link = models.CharField(max_length=500, default="")
    is_not_ours = models.BooleanField(default=False)
    valid_until = models.DateField(null=True)
    author = models.CharField(max_length=64)
    written_at = models.DateTimeField()
    ended_by = models.CharField(max_length=64, default="")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "passport_answer"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["item"], condition=models.Q(ended_at__isnull=True), name="passport_answer_once"
            ),
            models.CheckConstraint(
                condition=~models.Q(text="") | ~models.Q(link=""), name="passport_answer_says_something"
            ),
        ]

    def __str__(self) -> str:
        return self.item


class CookieChoice(models.Model):
    """That somebody agreed to outside counters or declined them, and which these were. It names nobody."""

    data_class = DataClass.PUBLIC

    is_agreed = models.BooleanField()
    counters = models.CharField(max_length=100)
    at = models.DateTimeField()

    class Meta:
        db_table = "passport_cookie_choice"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["at"], name="passport_cookie_choice_at")
        ]

    def __str__(self) -> str:
        return self.counters
