# The six kinds of pages share three fields; each is written once.

import uuid

import django.db.models.deletion
import wagtail.fields
from django.conf import settings
from django.db import migrations, models

import feldsher.domain.editorial.types


def _page() -> models.OneToOneField:
    return models.OneToOneField(
        auto_created=True,
        on_delete=django.db.models.deletion.CASCADE,
        parent_link=True,
        primary_key=True,
        serialize=False,
        to=settings.WAGTAIL_PAGE_MODEL,
    )


def _lead() -> models.TextField:
    return models.TextField(
        help_text="Два–три предложения: стоит в списке и в начале страницы",
        max_length=500,
        verbose_name="Вступление",
    )


def _body() -> wagtail.fields.StreamField:
    return wagtail.fields.StreamField(
        [
            ("heading", 0),
            ("text", 1),
            ("list", 5),
            ("picture", 9),
            ("table", 12),
            ("note", 15),
            ("faq", 19),
            ("sources", 24),
            ("advertisement", 27),
        ],
        block_lookup={
            0: (
                "wagtail.blocks.CharBlock",
                (),
                {"icon": "title", "label": "Заголовок", "max_length": 150},
            ),
            1: (
                "wagtail.blocks.RichTextBlock",
                (),
                {"features": ["bold", "link"], "icon": "pilcrow", "label": "Текст"},
            ),
            2: ("wagtail.blocks.CharBlock", (), {"label": "Пункт", "max_length": 500}),
            3: ("wagtail.blocks.ListBlock", (2,), {"label": "Пункты"}),
            4: (
                "wagtail.blocks.BooleanBlock",
                (),
                {"label": "По порядку, с номерами", "required": False},
            ),
            5: ("wagtail.blocks.StructBlock", [[("items", 3), ("is_numbered", 4)]], {}),
            6: ("wagtail.images.blocks.ImageChooserBlock", (), {"label": "Изображение"}),
            7: (
                "wagtail.blocks.CharBlock",
                (),
                {
                    "help_text": "Для тех, кто его не видит",
                    "label": "Что на нём",
                    "max_length": 250,
                },
            ),
            8: (
                "wagtail.blocks.CharBlock",
                (),
                {"label": "Подпись", "max_length": 250, "required": False},
            ),
            9: (
                "wagtail.blocks.StructBlock",
                [[("image", 6), ("alt", 7), ("caption", 8)]],
                {},
            ),
            10: (
                "wagtail.blocks.CharBlock",
                (),
                {"label": "Название таблицы", "max_length": 250},
            ),
            11: (
                "wagtail.blocks.TextBlock",
                (),
                {
                    "help_text": "Первая строка — заголовки. Столбцы разделены чертой | или табуляцией: можно вставить из Excel",
                    "label": "Строки",
                },
            ),
            12: ("wagtail.blocks.StructBlock", [[("caption", 10), ("text", 11)]], {}),
            13: (
                "wagtail.blocks.ChoiceBlock",
                [],
                {
                    "choices": [
                        (feldsher.domain.editorial.types.Tone["INFO"], "Справка"),
                        (feldsher.domain.editorial.types.Tone["ATTENTION"], "Внимание"),
                        (feldsher.domain.editorial.types.Tone["DANGER"], "Опасно"),
                    ],
                    "label": "Вид",
                },
            ),
            14: ("wagtail.blocks.TextBlock", (), {"label": "Текст", "max_length": 1000}),
            15: ("wagtail.blocks.StructBlock", [[("tone", 13), ("text", 14)]], {}),
            16: ("wagtail.blocks.CharBlock", (), {"label": "Вопрос", "max_length": 250}),
            17: ("wagtail.blocks.TextBlock", (), {"label": "Ответ"}),
            18: ("wagtail.blocks.StructBlock", [[("question", 16), ("answer", 17)]], {}),
            19: (
                "wagtail.blocks.ListBlock",
                (18,),
                {"icon": "help", "label": "Вопросы и ответы"},
            ),
            20: (
                "wagtail.blocks.ChoiceBlock",
                [],
                {
                    "choices": [
                        (feldsher.domain.editorial.types.SourceKind["PUBMED"], "PubMed"),
                        (
                            feldsher.domain.editorial.types.SourceKind["GUIDELINE"],
                            "Клинические рекомендации Минздрава",
                        ),
                        (
                            feldsher.domain.editorial.types.SourceKind["ADDRESS"],
                            "Адрес в интернете",
                        ),
                    ],
                    "label": "Вид",
                },
            ),
            21: (
                "wagtail.blocks.CharBlock",
                (),
                {"label": "Номер или адрес", "max_length": 500},
            ),
            22: ("wagtail.blocks.CharBlock", (), {"label": "Название", "max_length": 500}),
            23: (
                "wagtail.blocks.StructBlock",
                [[("kind", 20), ("reference", 21), ("title", 22)]],
                {},
            ),
            24: (
                "wagtail.blocks.ListBlock",
                (23,),
                {"icon": "openquote", "label": "Источники"},
            ),
            25: ("wagtail.blocks.CharBlock", (), {"label": "Предложение", "max_length": 150}),
            26: (
                "wagtail.blocks.CharBlock",
                (),
                {"label": "Цена и условия", "max_length": 250, "required": False},
            ),
            27: (
                "wagtail.blocks.StructBlock",
                [[("title", 25), ("text", 14), ("terms", 26)]],
                {},
            ),
        },
        verbose_name="Текст",
    )


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("wagtailcore", "0098_apitoken"),
        migrations.swappable_dependency(settings.WAGTAIL_PAGE_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Article",
            fields=[
                ("page_ptr", _page()),
                ("lead", _lead()),
                ("body", _body()),
                ("author", models.UUIDField(null=True, verbose_name="Автор")),
                ("reviewer", models.UUIDField(null=True, verbose_name="Врач, который проверяет")),
                (
                    "is_ready",
                    models.BooleanField(
                        default=False,
                        help_text="Черновик встанет в\xa0список врача",
                        verbose_name="Готово к\xa0проверке",
                    ),
                ),
                (
                    "is_taken_down",
                    models.BooleanField(
                        blank=True,
                        default=False,
                        verbose_name="Снять с\xa0публикации, когда пройдёт срок проверки",
                    ),
                ),
            ],
            options={
                "verbose_name": "Статья",
            },
            bases=("wagtailcore.page",),
        ),
        migrations.CreateModel(
            name="Condition",
            fields=[
                ("page_ptr", _page()),
                ("lead", _lead()),
                ("body", _body()),
                ("author", models.UUIDField(null=True, verbose_name="Автор")),
                ("reviewer", models.UUIDField(null=True, verbose_name="Врач, который проверяет")),
                (
                    "is_ready",
                    models.BooleanField(
                        default=False,
                        help_text="Черновик встанет в\xa0список врача",
                        verbose_name="Готово к\xa0проверке",
                    ),
                ),
                (
                    "is_taken_down",
                    models.BooleanField(
                        blank=True,
                        default=False,
                        verbose_name="Снять с\xa0публикации, когда пройдёт срок проверки",
                    ),
                ),
            ],
            options={
                "verbose_name": "Заболевание",
            },
            bases=("wagtailcore.page",),
        ),
        migrations.CreateModel(
            name="Home",
            fields=[
                ("page_ptr", _page()),
            ],
            options={
                "verbose_name": "Материалы сайта",
            },
            bases=("wagtailcore.page",),
        ),
        migrations.CreateModel(
            name="Landing",
            fields=[
                ("page_ptr", _page()),
                ("lead", _lead()),
                ("body", _body()),
            ],
            options={
                "verbose_name": "Страница о\xa0клинике",
            },
            bases=("wagtailcore.page",),
        ),
        migrations.CreateModel(
            name="Legal",
            fields=[
                ("page_ptr", _page()),
                ("lead", _lead()),
                ("body", _body()),
            ],
            options={
                "verbose_name": "Документ",
            },
            bases=("wagtailcore.page",),
        ),
        migrations.CreateModel(
            name="News",
            fields=[
                ("page_ptr", _page()),
                ("lead", _lead()),
                ("body", _body()),
            ],
            options={
                "verbose_name": "Новость",
            },
            bases=("wagtailcore.page",),
        ),
        migrations.CreateModel(
            name="Promotion",
            fields=[
                ("page_ptr", _page()),
                ("lead", _lead()),
                ("body", _body()),
                ("starts_on", models.DateField(verbose_name="Первый день")),
                ("ends_on", models.DateField(verbose_name="Последний день")),
            ],
            options={
                "verbose_name": "Акция",
            },
            bases=("wagtailcore.page",),
        ),
        migrations.CreateModel(
            name="Section",
            fields=[
                ("page_ptr", _page()),
                ("lead", models.TextField(blank=True, default="", max_length=500, verbose_name="Вступление")),
            ],
            options={
                "verbose_name": "Раздел",
            },
            bases=("wagtailcore.page",),
        ),
        migrations.CreateModel(
            name="StoredFile",
            fields=[
                ("name", models.CharField(max_length=255, primary_key=True, serialize=False)),
                ("content", models.BinaryField()),
                ("stored_at", models.DateTimeField()),
            ],
            options={
                "db_table": "editorial_file",
            },
        ),
        migrations.CreateModel(
            name="OldAddress",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=16)),
                ("slug", models.CharField(max_length=255)),
                (
                    "page",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.WAGTAIL_PAGE_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "slug"), name="editorial_old_address")
                ],
            },
        ),
        migrations.CreateModel(
            name="Verdict",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("revision", models.BigIntegerField()),
                ("digest", models.CharField(max_length=64)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("approved", "approved"),
                            ("technical", "technical"),
                            ("returned", "returned"),
                        ],
                        max_length=16,
                    ),
                ),
                ("practitioner", models.UUIDField()),
                ("staff", models.UUIDField(null=True)),
                ("note", models.CharField(default="", max_length=1000)),
                ("at", models.DateTimeField()),
                ("review_by", models.DateField(null=True)),
                ("seen_at", models.DateTimeField(null=True)),
                (
                    "page",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.WAGTAIL_PAGE_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["page", "-at"], name="editorial_verdict_page")],
            },
        ),
    ]
