"""The serializer of a klant in a request."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from rest_framework import serializers

from ...conf import settings
from ...constants import KlantType
from ...domain.klanten.reading import LAST
from ...domain.klanten.write import (
    check_subject_type,
    create_klant,
    update_klant,
)
from ...exceptions import RuleViolation
from ...models import SUBJECTS, Klant, KlantAdres
from ...models.groups import value_fields
from ..subject_check import SubjectExists
from .groups import GroupSerializer, PreparedSerializer, serializer_for


class SubjectIdentificatieField(serializers.Field):
    """``subjectIdentificatie``: validated as the kind that ``subjectType`` names."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._serializers: dict[KlantType, GroupSerializer] = {}

    def to_internal_value(self, data: Any) -> Any:
        """Return the values of the subject, or nothing if its kind is invalid."""
        assert isinstance(self.parent, KlantSerializer)
        subject_type = self.parent.requested_subject_type()
        if subject_type is None:
            return {}
        return self._serializer(subject_type).run_validation(data)

    def _serializer(self, subject_type: KlantType) -> GroupSerializer:
        # cached for imports: creating a serializer costs more than using it
        if subject_type not in self._serializers:
            serializer = serializer_for(SUBJECTS[subject_type])()
            # bound to the field, because the root serializer determines whether it is
            # partial
            serializer.bind("", self)  # type: ignore[arg-type] # a field is parent enough
            self._serializers[subject_type] = serializer
        return self._serializers[subject_type]


OWN = tuple(field.name for field in value_fields(Klant) if field.name not in LAST)
"""Fields that precede the address."""


class KlantSerializer(PreparedSerializer):
    """Validates a klant in a request, and saves it through the domain.

    Responses are built by ``domain.klanten.representation``.
    """

    subject_type = serializers.ChoiceField(
        choices=KlantType.choices,
        required=False,
        allow_null=True,
        help_text=Klant._meta.get_field("subject_type").help_text,
    )
    adres = serializer_for(KlantAdres)(
        required=False,
        allow_null=True,
        help_text=_("Het adres zoals de klant het opgaf; kan in het buitenland zijn."),
    )
    subject_identificatie = SubjectIdentificatieField(required=False)

    class Meta:
        model = Klant
        fields = (*OWN, "adres", *LAST, "subject_identificatie")
        extra_kwargs = {
            # generated if it is missing (kla-001)
            "klantnummer": {"required": False},
            "subject": {"validators": [SubjectExists()]},
        }
        # uniqueness is decided by the constraint in the database, not by a query
        validators: list[Any] = []

    def requested_subject_type(self) -> KlantType | None:
        """Return the kind of subject after the request, or ``None``."""
        requested = self.initial_data.get("subject_type")
        if requested is None and self.instance is not None:
            requested = self.instance.subject_type
        is_known = isinstance(requested, str) and requested in KlantType.values
        return KlantType(requested) if is_known else None

    def validate_subject_type(self, value: str | None) -> str:
        """Refuse to change an existing type."""
        subject_type = value or ""
        try:
            check_subject_type(self.instance, subject_type)
        except RuleViolation as error:
            raise serializers.ValidationError(error.message, error.code) from error
        return subject_type

    def to_internal_value(self, data: Any) -> Any:
        """Return the values, or raise all errors at once, including a missing type."""
        try:
            return super().to_internal_value(data)
        except serializers.ValidationError as error:
            assert isinstance(error.detail, dict)
            if self._lacks_subject_type(data):
                field = self.fields["subject_type"]
                message = field.error_messages["required"]
                fault = serializers.ErrorDetail(str(message), "required")
                error.detail.setdefault("subject_type", [fault])
            raise

    def create(self, validated_data: dict[str, Any]) -> Klant:
        """Create the klant through the domain, with the context of the view."""
        return create_klant(validated_data, self.context["change_context"])

    def update(self, instance: Klant, validated_data: dict[str, Any]) -> Klant:
        """Change the klant through the domain, with the context of the view."""
        return update_klant(instance, validated_data, self.context["change_context"])

    def _lacks_subject_type(self, data: Any) -> bool:
        if not isinstance(data, dict) or "subject_identificatie" not in data:
            return False
        has_type = self.instance is not None and self.instance.subject_type
        return data.get("subject_type") is None and not has_type


class HostKlantSerializer(KlantSerializer):
    """A serializer that follows the host's settings, unlike the document."""

    def get_fields(self) -> dict[str, serializers.Field]:
        """Return the fields; ``websiteUrl`` is optional if the host says so."""
        fields: dict[str, serializers.Field] = super().get_fields()
        if not settings.WEBSITE_URL_REQUIRED:
            website_url: Any = fields["website_url"]
            website_url.required = False
            website_url.allow_blank = True
        return fields
