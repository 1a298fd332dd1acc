"""Facts of an OpenAPI document that make up its contract.

Names, types, limits, statuses, headers and scopes, without texts and independent of
notation. ``contract_facts.json`` contains those of the official Klanten API 1.0.0;
``python -m tests.contract_facts openapi.yaml`` regenerates it from a document.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import yaml

FACTS = Path(__file__).with_suffix(".json")

METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}
CONSTRAINTS = (
    "type",
    "format",
    "nullable",
    "readOnly",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "pattern",
)
VARIANTS = ("natuurlijk_persoon", "niet_natuurlijk_persoon", "vestiging")
"""Components whose names matter, because they are values of the discriminator."""

Node = dict[str, Any]


def facts(document: Node) -> Node:
    """Return the facts of a document, which are equal for equivalent documents."""
    reader = _Reader(document)
    paths = {
        path.rstrip("/"): {
            method: reader.operation(item, item[method])
            for method in METHODS & set(item)
        }
        for path, item in document["paths"].items()
    }
    schemas = document["components"]["schemas"]
    variants = {name: reader.schema(schemas[name]) for name in VARIANTS}
    return {"paths": paths, "variants": variants}


class _Reader:
    """Reads a document, and resolves its references."""

    def __init__(self, document: Node) -> None:
        self.document = document

    def resolve(self, node: Any) -> Node:
        """Return ``node``, or the node that it refers to."""
        while "$ref" in (node or {}):
            target: Any = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            node = target
        return node or {}

    def operation(self, item: Node, operation: Node) -> Node:
        """Return operation id, scopes, parameters, bodies and responses."""
        parameters = [*item.get("parameters", ()), *operation.get("parameters", ())]
        security = operation.get("security", self.document.get("security", []))
        return {
            "operationId": operation["operationId"],
            "parameters": dict(map(self._parameter, parameters)),
            "requestBody": self._body(operation.get("requestBody")),
            "responses": {
                str(status): {
                    "headers": sorted(self.resolve(response).get("headers", {})),
                    "content": self._content(response),
                }
                for status, response in operation["responses"].items()
            },
            "security": sorted(
                [name, *sorted(scopes)]
                for alternative in security
                for name, scopes in alternative.items()
            ),
        }

    def _parameter(self, node: Node) -> tuple[str, Node]:
        parameter = self.resolve(node)
        schema = self.schema(parameter["schema"])
        key = f"{parameter['in']}:{parameter['name']}"
        # as written: some clients can't handle a parameter without it
        return key, {"required": parameter.get("required"), "schema": schema}

    def _body(self, node: Any) -> Node:
        body = self.resolve(node)
        return {"required": body.get("required"), "content": self._content(body)}

    def _content(self, node: Any) -> Node:
        content = self.resolve(node).get("content", {})
        return {media: self.schema(body["schema"]) for media, body in content.items()}

    def schema(self, node: Any) -> Node:
        """Return a schema without references. The parts of ``allOf`` are merged."""
        node = self.resolve(node)
        result = self._merged(node.get("allOf", ()))
        own_constraints = {
            key: node[key] for key in CONSTRAINTS if node.get(key, False) is not False
        }
        result |= own_constraints
        if "enum" in node:
            result["enum"] = sorted(str(value) for value in node["enum"] if value)
        if "items" in node:
            result["items"] = self.schema(node["items"])
        if "discriminator" in node:
            result["discriminator"] = node["discriminator"]["propertyName"]
        own = {"properties": node.get("properties"), "required": node.get("required")}
        self._add_properties(result, own)
        return result

    def _merged(self, parts: Any) -> Node:
        result: Node = {}
        for part in map(self.schema, parts):
            groups = {"properties", "required"}
            result |= {key: part[key] for key in part.keys() - groups}
            self._add_properties(result, part, resolved=True)
        return result

    def _add_properties(
        self, result: Node, part: Node, *, resolved: bool = False
    ) -> None:
        properties = part.get("properties") or {}
        if not resolved:
            properties = {name: self.schema(node) for name, node in properties.items()}
        if properties:
            result.setdefault("type", "object")
            result["properties"] = result.get("properties", {}) | properties
        if required := part.get("required"):
            result["required"] = sorted({*result.get("required", ()), *required})


def differences(official: Any, served: Any, where: str = "") -> list[str]:
    """Return one line per difference, with its location."""
    if not (isinstance(official, dict) and isinstance(served, dict)):
        if official == served:
            return []
        return [f"{where}: official {official!r}, served {served!r}"]
    found: list[str] = []
    for key in sorted({*official, *served}):
        sides = (official.get(key, "absent"), served.get(key, "absent"))
        found += differences(*sides, f"{where}/{key}")
    return found


def pack(expanded: Node) -> Node:
    """Return facts in which every schema is stored once, under a number."""
    schemas: list[Node] = []

    def packed(node: Any) -> Any:
        if not isinstance(node, dict):
            return node
        small = {key: packed(value) for key, value in node.items()}
        if "properties" not in small or not isinstance(small.get("type"), str):
            return small
        if small not in schemas:
            schemas.append(small)
        return f"#{schemas.index(small)}"

    return {**packed(expanded), "schemas": schemas}


def unpack(facts: Node) -> Node:
    """Reverse :func:`pack`."""

    def unpacked(node: Any) -> Any:
        if isinstance(node, str) and node.startswith("#"):
            return unpacked(facts["schemas"][int(node[1:])])
        if not isinstance(node, dict):
            return node
        return {key: unpacked(value) for key, value in node.items()}

    return {key: unpacked(facts[key]) for key in ("paths", "variants")}


def official_facts() -> Node:
    """Return the facts of the official document."""
    return unpack(json.loads(FACTS.read_text(encoding="utf-8")))


if __name__ == "__main__":
    source = Path(sys.argv[1]).read_text(encoding="utf-8")
    made = pack(facts(yaml.safe_load(source)))
    text = json.dumps(made, indent=1, sort_keys=True, ensure_ascii=False)
    FACTS.write_text(f"{text}\n", encoding="utf-8")
