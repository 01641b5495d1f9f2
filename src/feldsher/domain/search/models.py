"""The index: documents that may be found, and the words that stand in them.

Invariants. The index is a copy: whatever stands here can be made anew from the tables of those who fill it,
and only `services` writes, under one advisory lock. `terms` holds each word as it is written and in its
dictionary forms, marked A in the title, B in the subtitle, C in keywords, D in the body; no text search
configuration of PostgreSQL takes part. `Word.documents` is the number of documents whose `terms` hold it.
"""

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from feldsher.foundation.privacy.data_class import DataClass


class IndexedDocument(models.Model):
    """A document. `title_key` is the title for comparison, `size` its number of words.

    `digest` is of what was given and of the rules of analysis: an equal one means that nothing is to be done.
    """

    data_class = DataClass.PUBLIC

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=32)
    object_id = models.CharField(max_length=120)
    title = models.CharField(max_length=500)
    subtitle = models.CharField(max_length=1000)
    body = models.TextField()
    title_key = models.CharField(max_length=500)
    size = models.SmallIntegerField()
    weight = models.FloatField()
    terms = SearchVectorField()
    digest = models.CharField(max_length=32)

    class Meta:
        db_table = "search_document"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["kind", "object_id"], name="search_document_once")
        ]
        indexes: ClassVar[list[models.Index]] = [GinIndex(fields=["terms"], name="search_document_terms")]

    def __str__(self) -> str:
        return f"{self.kind}:{self.object_id}"


class Word(models.Model):
    """A word of the index; `code` is what it is compared by where a reader mistypes (`language.code_of`)."""

    data_class = DataClass.PUBLIC

    word = models.CharField(max_length=64, primary_key=True, db_collation="C")
    code = models.CharField(max_length=64)
    documents = models.IntegerField()

    class Meta:
        db_table = "search_word"
        indexes: ClassVar[list[models.Index]] = [
            GinIndex(fields=["code"], name="search_word_code", opclasses=["gin_trgm_ops"])
        ]

    def __str__(self) -> str:
        return self.word
