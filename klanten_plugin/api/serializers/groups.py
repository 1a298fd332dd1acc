"""Serializers of groups and subjects, derived from the registry of the models."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from functools import cache
from typing import Any

from rest_framework import serializers

from ...models.groups import Group, owned_groups, value_fields


class PreparedSerializer(serializers.ModelSerializer):
    """A serializer that derives its fields from the model once, not per request."""

    def get_fields(self) -> dict[str, Any]:
        """Return copies of the fields, to be bound to this serializer."""
        return {name: _copy(field) for name, field in _fields(type(self)).items()}


@cache
def _fields(serializer: type[PreparedSerializer]) -> dict[str, Any]:
    fields: dict[str, Any] = super(PreparedSerializer, serializer()).get_fields()
    return fields


def _copy(field: Any) -> Any:
    """Return a copy that shares what doesn't change, such as choices and validators.

    ``deepcopy`` makes each field anew from its arguments: a tenth of a POST.
    """
    copied = copy(field)
    if hasattr(field, "child"):
        copied.child = copy(field.child)
        copied.child.parent = copied
    return copied


class GroupSerializer(PreparedSerializer):
    """Validates a group; the domain saves it.

    If a group is sent, its required fields must be present, also in a PATCH.
    """

    def to_internal_value(self, data: Any) -> Any:
        """Return the values, or raise all errors of the group at once."""
        missing = self._missing(data)
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as error:
            assert isinstance(error.detail, dict)
            raise serializers.ValidationError({**missing, **error.detail}) from error
        if missing:
            raise serializers.ValidationError(missing)
        return values

    def _missing(self, data: Any) -> dict[str, list[Any]]:
        if not isinstance(data, Mapping):
            return {}
        return {
            name: [
                serializers.ErrorDetail(
                    str(field.error_messages["required"]), "required"
                )
            ]
            for name, field in self.fields.items()
            if field.required and name not in data
        }


@cache
def serializer_for(model: type[Group]) -> type[GroupSerializer]:
    """Return the serializer of a group or subject, including nested groups."""
    nested = {
        accessor: serializer_for(group)(required=False, allow_null=True)
        for accessor, group in owned_groups(model).items()
    }
    names = [field.name for field in value_fields(model)]
    meta = type("Meta", (), {"model": model, "fields": [*names, *nested]})
    name = f"{model.__name__}Serializer"
    return type(name, (GroupSerializer,), {**nested, "Meta": meta})
