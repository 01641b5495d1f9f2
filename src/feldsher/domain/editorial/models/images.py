"""What an image shows is as fixed as the text beside it: an id means one picture for ever.

A page names an image by its id, and so does the text that a doctor approved.
"""

from typing import Any

from django.db.models import Q
from django.db.models.signals import pre_delete, pre_save
from django.dispatch import receiver
from wagtail.images.models import Image
from wagtail.models import Page, Revision

from feldsher.domain.editorial.errors import ImageFixedError, ImageInUseError
from feldsher.domain.editorial.models.trust import Verdict
from feldsher.domain.editorial.types import VerdictKind


@receiver(pre_save, sender=Image)
def _keep_file(instance: Any, **_: Any) -> None:
    """Raise ImageFixedError where an image that is there would get another file."""
    stored = Image.objects.filter(pk=instance.pk).values_list("file", flat=True).first()
    if stored is not None and stored != instance.file.name:
        raise ImageFixedError


@receiver(pre_delete, sender=Image)
def _keep_used(instance: Any, **_: Any) -> None:
    """Raise ImageInUseError for what stands on a page, in its newest draft, or in a text with a good word."""
    good = Verdict.objects.exclude(kind=VerdictKind.RETURNED).values("revision")
    shown = Q(pk__in=Page.objects.values("live_revision")) | Q(pk__in=Page.objects.values("latest_revision"))
    texts = Revision.objects.filter(shown | Q(pk__in=good) | Q(approved_go_live_at__isnull=False))
    if texts.filter(content__body__regex=rf'"image": {int(instance.pk)}[,}}]').exists():
        raise ImageInUseError
