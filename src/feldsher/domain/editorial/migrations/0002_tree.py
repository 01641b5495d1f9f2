"""The tree's upper floors: home and the list of each kind of pages, in place of Wagtail's welcome page."""

from typing import Any

from django.db import migrations

SECTIONS = (
    ("articles", "Статьи"),
    ("conditions", "Заболевания"),
    ("promotions", "Акции"),
    ("news", "Новости"),
    ("pages", "О\u00a0клинике"),
    ("documents", "Документы"),
)
STEP = 4


def plant(apps: Any, _: Any) -> None:
    page_model, kind_model = (
        apps.get_model("wagtailcore", "Page"),
        apps.get_model("contenttypes", "ContentType"),
    )
    site_model, locale_model = apps.get_model("wagtailcore", "Site"), apps.get_model("wagtailcore", "Locale")
    locale = locale_model.objects.order_by("id").first() or locale_model.objects.create(language_code="ru")
    root = page_model.objects.get(depth=1)
    site_model.objects.all().delete()
    page_model.objects.filter(depth__gt=1).delete()

    def kind(name: str) -> Any:
        return kind_model.objects.get_or_create(app_label="editorial", model=name)[0]

    def values(title: str, slug: str, path: str, model: str) -> dict[str, Any]:
        return {
            "title": title, "draft_title": title, "slug": slug, "path": path, "depth": len(path) // STEP,
            "numchild": len(SECTIONS) if model == "home" else 0, "content_type": kind(model),
            "url_path": "/" if model == "home" else f"/{slug}/", "live": True, "locale": locale,
        }  # fmt: skip

    path = f"{root.path}0001"
    home = apps.get_model("editorial", "Home").objects.create(
        **values("Материалы сайта", "home", path, "home")
    )
    for number, (slug, title) in enumerate(SECTIONS, 1):
        apps.get_model("editorial", "Section").objects.create(
            **values(title, slug, f"{path}{number:04}", "section"), lead=""
        )
    root.numchild = 1
    root.save(update_fields=["numchild"])
    site_model.objects.create(hostname="localhost", root_page_id=home.pk, is_default_site=True)


class Migration(migrations.Migration):
    dependencies = [("editorial", "0001_initial")]

    operations = [migrations.RunPython(plant, migrations.RunPython.noop)]
