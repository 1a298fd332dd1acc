"""Generate the OpenAPI document from the code, equivalent to the official one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

from django.db import models

from django_filters import rest_framework as django_filters
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import patched_settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema_field
from vng_api_common.constants import HEADER_AUDIT, HEADER_LOGRECORD_ID
from vng_api_common.schema import AutoSchema

from klanten_plugin.api.filters import FILTERS, PARAMETERS, UrlFilter
from klanten_plugin.api.serializers import KlantSerializer, serializer_for
from klanten_plugin.api.serializers.klanten import SubjectIdentificatieField
from klanten_plugin.api.urls import resources
from klanten_plugin.api.viewsets import KlantAuditTrailViewSet, KlantViewSet
from klanten_plugin.constants import API_VERSION
from klanten_plugin.domain.klanten.bitmaps import field_of
from klanten_plugin.domain.klanten.representation import api_name
from klanten_plugin.models import SUBJECTS, Klant, KlantAdres
from klanten_plugin.models.groups import owned_groups

from .audittrail import AuditTrailSerializer
from .texts import (
    API_DESCRIPTION,
    COMPONENTS,
    ETAG,
    IF_NONE_MATCH,
    LOGRECORD_ID,
    PATH_PARAMETERS,
    TAG_DESCRIPTION,
    TOELICHTING,
    URL,
    operation_texts,
)

SECURITY = "JWT-Claims"
WRITES = {"create", "update", "partial_update", "destroy"}
SERVER = "/klanten/api/v1"

SETTINGS = {
    "TITLE": "Klanten API",
    "DESCRIPTION": API_DESCRIPTION,
    "VERSION": API_VERSION,
    "OAS_VERSION": "3.0.3",
    "LICENSE": {
        "name": "EUPL 1.2",
        "url": "https://opensource.org/licenses/EUPL-1.2",
    },
    "SERVERS": [{"url": SERVER}],
    "TAGS": [{"name": "klanten", "description": TAG_DESCRIPTION}],
    "SECURITY": [{SECURITY: []}],
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            SECURITY: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
        }
    },
    "POSTPROCESSING_HOOKS": [],
    "PREPROCESSING_HOOKS": [],
    "COMPONENT_SPLIT_PATCH": False,
    "COMPONENT_SPLIT_REQUEST": False,
    "COMPONENT_NO_READ_ONLY_REQUIRED": True,
    "ENFORCE_NON_BLANK_FIELDS": True,
    "SORT_OPERATIONS": False,
    "SORT_OPERATION_PARAMETERS": False,
    "SCHEMA_PATH_PREFIX": "",
    "CAMELIZE_NAMES": False,
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
    "EXTENSIONS_INFO": {},
    "EXTENSIONS_ROOT": {},
    "CONTACT": {},
    "TOS": None,
    "EXTERNAL_DOCS": {},
}
"""The settings that determine the document, independent of the host."""


URL_SCHEMA = {
    "type": "string",
    "format": "uri",
    "readOnly": True,
    "minLength": 1,
    "maxLength": 1000,
    "description": URL,
}


def generate_document() -> dict[str, Any]:
    """Return the document of the API."""
    with patched_settings(SETTINGS), described():
        generator: Any = SchemaGenerator(patterns=resources)
        document: dict[str, Any] = generator.get_schema(request=None, public=True)
    document["paths"] = {
        path: {method: _tidy(item[method]) for method in METHODS if method in item}
        for path, item in document["paths"].items()
    }
    schemas = document["components"]["schemas"]
    for name, schema in schemas.items():
        schemas[name] = _respell(schema) | _described(name)
    # a reference can't be nullable, so the referenced schema is
    schemas["Klant"]["properties"]["adres"] = _reference(KlantAdres)
    schemas[KlantAdres.__name__]["nullable"] = True
    for subject_type, model in SUBJECTS.items():
        schemas[subject_type.value] = _variant(model)
    result: dict[str, Any] = _without_notes(document)
    return result


METHODS = ("get", "post", "put", "patch", "delete")
"""A fixed order, which otherwise differs between versions of the libraries."""


def _tidy(operation: dict[str, Any]) -> dict[str, Any]:
    """Return an operation with the descriptions that some versions omit.

    Every parameter says whether it is required, as in the official document: clients
    such as gemma-zds-client read that key without a default.
    """
    for parameter in operation["parameters"]:
        parameter.setdefault("required", False)
        if lookup := PARAMETERS.get(parameter["name"]):
            parameter["description"] = str(field_of(lookup).help_text)
    if "204" in operation["responses"]:
        operation["responses"]["204"]["description"] = "No content"
    return operation


def _described(component: str) -> dict[str, str]:
    text = COMPONENTS.get(component)
    return {"description": text} if text else {}


def _without_notes(node: Any) -> Any:
    """Return ``node`` without internal keys of the generator."""
    if isinstance(node, list):
        return [_without_notes(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: _without_notes(value)
        for key, value in node.items()
        if not key.startswith("x-spec-")
    }


def _respell(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a component with the field names of the official document."""
    result = dict(schema)
    if "properties" in schema:
        result["properties"] = {
            api_name(name): _without_blank(field)
            for name, field in schema["properties"].items()
        }
    if "required" in schema:
        result["required"] = [api_name(name) for name in schema["required"]]
    return result


def _without_blank(field: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a field without the alternative of an empty string.

    The official document doesn't specify that a text can be empty.
    """
    said = {name: value for name, value in field.items() if name != "oneOf"}
    if "oneOf" in field:
        said = {**field["oneOf"][0], **said}
    if "enum" in said:
        said["enum"] = [value for value in said["enum"] if value]
    return said


class KlantenSchema(AutoSchema):
    """An operation of the document."""

    def get_tags(self) -> list[str]:
        """Return one tag, as in the official document."""
        return ["klanten"]

    def get_summary(self) -> str:
        """The summary of the operation."""
        return operation_texts(self.get_operation_id())[0]

    def get_description(self) -> str:
        """The description, with the rules that are checked beyond the schema."""
        return operation_texts(self.get_operation_id())[1]

    def get_auth(self) -> list[dict[str, list[str]]]:
        """The scope that the operation requires."""
        scope = self.view.required_scopes[self.view.action]
        return [{SECURITY: [str(scope)]}]

    def get_error_responses(self) -> dict[int, Any]:
        """Like the suite's, without 400 for an audit trail, which has no parameters."""
        responses: dict[int, Any] = super().get_error_responses()
        if self.get_operation_id() == "audittrail_list":
            responses.pop(400, None)
        return responses

    def get_cache_headers(self) -> list[OpenApiParameter]:
        """``If-None-Match`` and ``ETag`` for reading a single resource."""
        if self.view.action != "retrieve":
            return []
        return [
            _header("If-None-Match", IF_NONE_MATCH),
            _header("ETag", ETAG, response=[200]),
        ]

    def get_log_headers(self) -> list[OpenApiParameter]:
        """The headers of the audit trail, for operations that write to it."""
        if self.view.action not in WRITES:
            return []
        return [
            _header(HEADER_LOGRECORD_ID, LOGRECORD_ID),
            _header(HEADER_AUDIT, TOELICHTING),
        ]

    def get_override_parameters(self) -> list[OpenApiParameter]:
        """The headers of the suite's schema, and the UUIDs in the path."""
        path = [
            OpenApiParameter(
                name, OpenApiTypes.UUID, OpenApiParameter.PATH, description=text
            )
            for name, text in PATH_PARAMETERS.items()
            if f"{{{name}}}" in self.path
        ]
        parameters: list[OpenApiParameter] = super().get_override_parameters()
        return [*parameters, *path]

    def get_filter_backends(self) -> list[Any]:
        """Filters, for collections only."""
        return self.view.filter_backends if self.view.action == "list" else []

    def _is_list_view(self, serializer: Any = None) -> bool:
        return bool(self.view.action == "list")


def _header(
    name: str, description: str, response: list[int] | None = None
) -> OpenApiParameter:
    return OpenApiParameter(
        name,
        OpenApiTypes.STR,
        OpenApiParameter.HEADER,
        description=description,
        response=response or False,
    )


class KlantExtension(OpenApiSerializerExtension):
    """``Klant``: what the serializer leaves to the domain, the document says too."""

    target_class = KlantSerializer

    def map_serializer(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        """Return the schema of ``Klant``, and register those of the three kinds."""
        for model in SUBJECTS.values():
            subject = auto_schema.resolve_serializer(serializer_for(model), direction)
            _refer_to_groups(subject.schema, model)
        schema: dict[str, Any] = auto_schema._map_serializer(
            self.target, direction, bypass_extensions=True
        )
        properties = schema["properties"]
        # in the document it is part of the variants
        del properties["subject_identificatie"]
        schema["properties"] = {"url": URL_SCHEMA, **properties}
        # required in the document, although one is generated if it is missing (kla-001)
        schema["required"] = [*schema.get("required", []), "klantnummer"]
        schema["discriminator"] = {"propertyName": "subjectType"}
        return schema


extend_schema_field(OpenApiTypes.OBJECT)(SubjectIdentificatieField)
extend_schema_field(OpenApiTypes.URI)(UrlFilter)

KlantFilterSet = type("KlantFilterSet", (django_filters.FilterSet,), dict(FILTERS))
VIEWS: dict[type[Any], dict[str, Any]] = {
    KlantViewSet: {
        "serializer_class": KlantSerializer,
        "filter_backends": (django_filters.DjangoFilterBackend,),
        "filterset_class": KlantFilterSet,
    },
    KlantAuditTrailViewSet: {
        "serializer_class": AuditTrailSerializer,
        "filter_backends": (),
        "pagination_class": None,
    },
}
"""What the generator has to know of the views, which they don't use themselves."""


@contextmanager
def described() -> Iterator[None]:
    """Add to the views what describes them."""
    with ExitStack() as stack:
        for view, attributes in VIEWS.items():
            for name, value in {**attributes, "schema": KlantenSchema()}.items():
                stack.enter_context(mock.patch.object(view, name, value, create=True))
        yield


def _refer_to_groups(schema: dict[str, Any], model: type[models.Model]) -> None:
    """Describe the groups of a subject without the ``null`` that removes them."""
    for accessor, group in owned_groups(model).items():
        schema["properties"][accessor] = _reference(group)


def _variant(model: type[models.Model]) -> dict[str, Any]:
    """Return the schema of a klant with a subject of this kind."""
    properties = {"subjectIdentificatie": _reference(model)}
    own = {"type": "object", "properties": properties}
    return {"allOf": [_reference(Klant), own]}


def _reference(model: type[models.Model]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{model.__name__}"}
