"""What may a configuration file hold?

Field names are those of the admin. What a section leaves out stays as it is; a list that
is there is the whole of it. Messages name the field, never the value: it may be a secret.
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
    """A mapping of which every key is known: a misspelled one would do nothing."""

    def to_internal_value(self, data: Any) -> Any:
        """Refuse what isn't known."""
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
    """Says what there is to choose, not what was chosen."""

    def fail(self, key: str, **kwargs: Any) -> Any:
        """Name the choices."""
        raise serializers.ValidationError(
            _("kies uit: {choices}").format(choices=", ".join(self.choices))
        )


class Text(serializers.CharField):
    """A text that may be empty; YAML takes what looks like a number for one."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("allow_blank", True)
        super().__init__(required=kwargs.pop("required", False), **kwargs)


class ServiceContent(Content):
    """A service to speak with; ``identifier`` is its slug."""

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
    # labels of certificates that are in the admin already: keys aren't for files
    client_certificate = serializers.CharField(required=False, allow_null=True)
    server_certificate = serializers.CharField(required=False, allow_null=True)

    def validate_api_root(self, value: str) -> str:
        """Ending with a slash, as everything that reads it expects."""
        return f"{value.rstrip('/')}/"


class ServicesContent(Content):
    """Section ``klanten_services``."""

    services = ServiceContent(many=True)


class NhrBronContent(Content):
    """A source of contact data; the first in the list is trusted most."""

    soort = ChoiceField(NhrBron.Soort.choices)
    service = serializers.SlugField(required=False, allow_null=True, default=None)
    klasse = Text(default="", source="class_path")
    actief = serializers.BooleanField(default=True, source="active")


class RolBronContent(Content):
    """A service with roles that writes other API roots in its URLs than its own."""

    service = serializers.SlugField()
    aliassen = serializers.ListField(
        child=serializers.CharField(max_length=500, validators=[valid_api_root])
    )


class ConfigContent(Content):
    """Section ``klanten_config``; services are named by their identifier."""

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
    """An application, and what it may do with klanten."""

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
    """Section ``klanten_groepen``: which ready-made groups of rights there are."""

    groepen = serializers.ListField(
        child=ChoiceField([(name, title) for name, (title, _rights) in GROUPS.items()])
    )


def checked(content: type[Content], data: Any, where: str) -> dict[str, Any]:
    """The values of a section. Raises :class:`SetupError` with a line for each mistake."""
    serializer = content(data=data)
    if not serializer.is_valid():
        raise SetupError(*_lines(serializer.errors, where))
    values: dict[str, Any] = serializer.validated_data
    return values


def _lines(errors: Any, where: str) -> list[str]:
    """A line for each message; lists of lists are mappings in some versions of DRF."""
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
