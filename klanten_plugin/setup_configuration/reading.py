"""Read a configuration file, with references to environment variables.

``{value_from: {env: NAME}}`` stands for the environment variable NAME, with ``default``
or ``required: false`` as in django-setup-configuration.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

import yaml

from .errors import SetupError

REFERENCE = "value_from"
OMITTED = object()


def read_file(path: Path) -> dict[str, Any]:
    """Return the sections of a YAML file. Raises :class:`SetupError`."""
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SetupError(
            _("{path}: niet te lezen ({strerror}).").format(
                path=path, strerror=error.strerror
            )
        ) from error
    except (ValueError, RecursionError) as error:
        raise SetupError(_("{path}: geen YAML in UTF-8.").format(path=path)) from error
    except yaml.YAMLError as error:
        # without its text, which quotes the line and its values
        raise SetupError(
            _("{path}{place}: geen YAML.").format(path=path, place=_place(error))
        ) from error
    if not isinstance(found, dict):
        raise SetupError(_("{path}: het bestand heeft geen secties.").format(path=path))
    return {str(name): value for name, value in found.items()}


def _place(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    return _(", regel {line}").format(line=mark.line + 1) if mark else ""


def with_environment(value: Any, where: str) -> Any:
    """Return the value with all references replaced. Raises :class:`SetupError`."""
    if isinstance(value, Mapping):
        if set(value) == {REFERENCE}:
            return _from_environment(value[REFERENCE], where)
        found = {
            key: with_environment(item, f"{where}.{key}") for key, item in value.items()
        }
        return {key: item for key, item in found.items() if item is not OMITTED}
    if isinstance(value, list):
        items = [
            with_environment(item, f"{where}[{number}]")
            for number, item in enumerate(value)
        ]
        return [item for item in items if item is not OMITTED]
    return value


def _from_environment(reference: Any, where: str) -> Any:
    if not isinstance(reference, Mapping) or not isinstance(reference.get("env"), str):
        raise SetupError(
            _("{where}: {reference} vraagt om env, de naam van een variabele.").format(
                where=where, reference=REFERENCE
            )
        )
    if value := os.environ.get(reference["env"]):
        return value
    if "default" in reference:
        return reference["default"]
    if reference.get("required", True) is False:
        return OMITTED
    raise SetupError(
        _("{where}: de omgevingsvariabele {env} is leeg.").format(
            where=where, env=reference["env"]
        )
    )
