import uuid

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies: list[tuple[str, str]] = []

    operations = [
        migrations.CreateModel(
            name="Memo",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "_etag",
                    models.CharField(
                        editable=False,
                        help_text="MD5 hash of the resource representation in its current version.",
                        max_length=32,
                        verbose_name="etag value",
                    ),
                ),
                (
                    "uuid",
                    models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
                ),
                ("onderwerp", models.CharField(max_length=100)),
                ("tekst", models.TextField(blank=True)),
                ("aangemaakt", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name": "memo",
                "verbose_name_plural": "memo's",
                "ordering": ["pk"],
            },
        ),
    ]
