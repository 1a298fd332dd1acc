"""The schema of configuration files.

Field names are those of the admin. Missing keys of a section leave values unchanged; a
list replaces the existing one. Messages name the field but never the value, which can
be a secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.validators import URLValidator
from django.utils.translation import gettext as _

from rest_framework import serializers
from rest_framework.settings import api_settings
from zgw_consumers.constants import APITypes, AuthTypes

from ..constants import SCOPES, RollenBeleid
from ..models import NhrBron
from ..models.validators import valid_api_root
from .errors import SetupError
from .groups import GROUPS


class Content(serializers.Serializer[Any]):
    """A mapping without unknown keys, which would silently have no effect."""

    def to_internal_value(self, data: Any) -> Any:
        """Refuse unknown keys."""
        if isinstance(data, Mapping):
            unknown = sorted(str(key) for key in set(data) - set(self.fields))
            if unknown:
                known = ", ".join(self.fields)
                raise serializers.ValidationError(
                    dict.fromkeys(
                        unknown,
                        (_("bestaat hier niet; wel: {known}").format(known=known),),
                    )
                )
        return super().to_internal_value(data)


class ChoiceField(serializers.ChoiceField):
    """A choice whose error lists the choices, without the value."""

    def fail(self, key: str, **kwargs: Any) -> Any:
        """Raise an error with the choices."""
        raise serializers.ValidationError(
            _("kies uit: {choices}").format(choices=", ".join(self.choices))
        )


class Text(serializers.CharField):
    """A text that can be empty. Numbers are accepted, because YAML converts digits."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("allow_blank", True)
        super().__init__(required=kwargs.pop("required", False), **kwargs)


class ServiceContent(Content):
    """A service; ``identifier`` is its slug."""

    identifier = serializers.SlugField()
    label = Text(required=True, max_length=100)  # type: ignore[assignment]
    api_root = serializers.CharField(validators=[URLValidator(["http", "https"])])
    api_type = ChoiceField(APITypes.choices, default=APITypes.orc)
    auth_type = ChoiceField(AuthTypes.choices)
    client_id = Text()
    secret = Text()
    header_key = Text()
    header_value = Text()
    oauth2_token_url = Text()
    oauth2_scope = Text()
    nlx = Text()
    user_id = Text()
    user_representation = Text()
    timeout = serializers.IntegerField(min_value=1, required=False)
    # labels of certificates in the admin, because keys don't belong in files
    client_certificate = serializers.CharField(required=False, allow_null=True)
    server_certificate = serializers.CharField(required=False, allow_null=True)

    def validate_api_root(self, value: str) -> str:
        """Add the trailing slash that readers of the root expect."""
        return f"{value.rstrip('/')}/"


class ServicesContent(Content):
    """Section ``klanten_services``."""

    services = ServiceContent(many=True)


class NhrBronContent(Content):
    """A source of contact data. The first in the list is trusted most."""

    soort = ChoiceField(NhrBron.Soort.choices)
    service = serializers.SlugField(required=False, allow_null=True, default=None)
    klasse = Text(default="", source="class_path")
    actief = serializers.BooleanField(default=True, source="active")


class RolBronContent(Content):
    """A service with roles that uses other API roots in its URLs."""

    service = serializers.SlugField()
    aliassen = serializers.ListField(
        child=serializers.CharField(max_length=500, validators=[valid_api_root])
    )


class ConfigContent(Content):
    """Section ``klanten_config``, which refers to services by identifier."""

    contactmomenten = serializers.ListField(
        child=serializers.SlugField(), required=False
    )
    verzoeken = serializers.ListField(child=serializers.SlugField(), required=False)
    subjecten = serializers.ListField(child=serializers.SlugField(), required=False)
    rollen_aliassen = serializers.ListField(
        child=serializers.CharField(validators=[valid_api_root]), required=False
    )
    rollen_bronnen = RolBronContent(many=True, required=False)
    rollen_beleid = ChoiceField(RollenBeleid.choices, required=False)
    nhr_bronnen = NhrBronContent(many=True, required=False)
    nhr_mutatieservice = serializers.SlugField(required=False, allow_null=True)
    nhr_abonnement = Text(max_length=100)
    nhr_vertegenwoordiger = serializers.BooleanField(required=False)
    notificaties = serializers.SlugField(required=False, allow_null=True)


class ApplicatieContent(Content):
    """An application with its scopes for klanten."""

    client_id = serializers.CharField(max_length=50)
    label = Text(max_length=100)  # type: ignore[assignment]
    secret = serializers.CharField(required=False, max_length=255)
    scopes = serializers.ListField(
        child=ChoiceField([(scope, scope) for scope in SCOPES])
    )


class ApplicatiesContent(Content):
    """Section ``klanten_applicaties``."""

    applicaties = ApplicatieContent(many=True)


class GroepenContent(Content):
    """Section ``klanten_groepen``: predefined groups of permissions."""

    groepen = serializers.ListField(
        child=ChoiceField([(name, title) for name, (title, _rights) in GROUPS.items()])
    )


def checked(content: type[Content], data: Any, where: str) -> dict[str, Any]:
    """Return the values of a section. Raises :class:`SetupError` with all errors."""
    serializer = content(data=data)
    if not serializer.is_valid():
        raise SetupError(*_lines(serializer.errors, where))
    values: dict[str, Any] = serializer.validated_data
    return values


def _lines(errors: Any, where: str) -> list[str]:
    """Return a line per message. Nested lists are mappings in some versions of DRF."""
    if isinstance(errors, Mapping):
        parts = [(_inside(where, key), value) for key, value in errors.items()]
    elif any(isinstance(error, Mapping | list) for error in errors):
        parts = [(_inside(where, key), error) for key, error in enumerate(errors)]
    else:
        return [f"{where}: {error}" for error in errors]
    return [line for name, value in parts for line in _lines(value, name)]


def _inside(where: str, key: str | int) -> str:
    if key == api_settings.NON_FIELD_ERRORS_KEY:
        return where
    return f"{where}[{key}]" if isinstance(key, int) else f"{where}.{key}"
