"""A strict check of an OpenAPI 3.1 document, as far as looplagd's goes.

The distribution ships no schema of OpenAPI 3.1 (openapi-specification has those up to 3.0), so the specification's
tables of fixed fields stand here: for each object its fields, which of them must be there, and what each is. A field
that is not in the table is an error, and so is a reference that points nowhere, a path without a slash, two operations
with one id, a status that is none, or a schema that uses a keyword whose meaning this does not know.
"""

import re

STATUS = re.compile(r"[1-5](\d\d|XX)|default")
COMPONENT = re.compile(r"[a-zA-Z0-9._-]+")
MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+*-]+(; ?[\w-]+=[\w.-]+)*")
TYPES = {"null", "boolean", "object", "array", "number", "string", "integer"}


class Wrong(Exception):
    """Where the document is not OpenAPI 3.1, and why."""


def text(_root, value, where):
    if not isinstance(value, str) or not value:
        raise Wrong(f"{where}: not a text")


def flag(_root, value, where):
    if not isinstance(value, bool):
        raise Wrong(f"{where}: neither true nor false")


def anything(_root, _value, _where):
    pass


def several(check):
    def checked(root, value, where):
        if not isinstance(value, list):
            raise Wrong(f"{where}: no array")
        for index, one in enumerate(value):
            check(root, one, f"{where}[{index}]")

    return checked


def mapped(check, key=None):
    """An object whose names match `key` and whose values are checked."""

    def checked(root, value, where):
        if not isinstance(value, dict):
            raise Wrong(f"{where}: no object")
        for name, one in value.items():
            if key and not key.fullmatch(name):
                raise Wrong(f"{where}: {name!r} cannot stand here")
            check(root, one, f"{where}/{name}")

    return checked


def fixed(needed, others):
    """An object with just these fields."""

    def checked(root, value, where):
        if not isinstance(value, dict):
            raise Wrong(f"{where}: no object")
        for name in needed.keys() - value.keys():
            raise Wrong(f"{where}: {name} is missing")
        for name, one in value.items():
            check = needed.get(name) or others.get(name)
            if not check:
                raise Wrong(f"{where}: {name} is no field of it")
            check(root, one, f"{where}/{name}")

    return checked


def resolve(root, reference, where):
    if not reference.startswith("#/"):
        raise Wrong(f"{where}: {reference} points out of the document")
    node = root
    for name in reference[2:].split("/"):
        name = name.replace("~1", "/").replace("~0", "~")
        if not isinstance(node, dict) or name not in node:
            raise Wrong(f"{where}: {reference} points nowhere")
        node = node[name]
    return node


def or_reference(kind, check):
    """The object, or a reference to one of its kind among the components."""

    def checked(root, value, where):
        if isinstance(value, dict) and "$ref" in value:
            if set(value) - {"$ref", "summary", "description"}:
                raise Wrong(f"{where}: something stands beside $ref")
            if not value["$ref"].startswith(f"#/components/{kind}/"):
                raise Wrong(f"{where}: {value['$ref']} is none of {kind}")
            value = resolve(root, value["$ref"], where)
        check(root, value, where)

    return checked


def types(_root, value, where):
    for one in [value] if isinstance(value, str) else value:
        if one not in TYPES:
            raise Wrong(f"{where}: {one!r} is no type")


def schema(root, value, where):
    if isinstance(value, bool):
        return
    if isinstance(value, dict) and "$ref" in value:
        schema(root, resolve(root, value["$ref"], where), where)
        return
    SCHEMA(root, value, where)


SCHEMA = fixed({}, {
    "type": types, "format": text, "description": text, "examples": several(anything), "items": schema,
    "properties": mapped(schema), "additionalProperties": schema, "required": several(text),
})  # fmt: skip
HEADER = fixed({}, {"description": text, "required": flag, "schema": schema})
MEDIA = mapped(fixed({}, {"schema": schema, "examples": mapped(anything)}), MEDIA_TYPE)
RESPONSE = fixed({"description": text}, {"headers": mapped(or_reference("headers", HEADER)), "content": MEDIA})
BODY = fixed({"content": MEDIA}, {"description": text, "required": flag})
OPERATION = fixed(
    {"responses": mapped(or_reference("responses", RESPONSE), STATUS)},
    {"tags": several(text), "summary": text, "description": text, "operationId": text,
     "requestBody": or_reference("requestBodies", BODY), "security": several(mapped(several(text), COMPONENT))},
)  # fmt: skip
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
PATH_ITEM = fixed({}, dict.fromkeys(METHODS, OPERATION))
COMPONENTS = fixed({}, {
    "schemas": mapped(schema, COMPONENT), "responses": mapped(RESPONSE, COMPONENT),
    "headers": mapped(HEADER, COMPONENT), "requestBodies": mapped(BODY, COMPONENT),
    "securitySchemes": mapped(fixed({"type": text, "scheme": text}, {"description": text}), COMPONENT),
})  # fmt: skip
DOCUMENT = fixed(
    {"openapi": text, "info": fixed({"title": text, "version": text}, {"summary": text, "description": text}),
     "paths": mapped(PATH_ITEM, re.compile("/.*"))},
    {"components": COMPONENTS},
)  # fmt: skip


def operations(document):
    """(method, path, operation) of each."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method, path, operation


def check(document):
    """Raises Wrong at the first fault."""
    DOCUMENT(document, document, "#")
    if not re.fullmatch(r"3\.1\.\d+", document["openapi"]):
        raise Wrong(f"the version is {document['openapi']}")
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    if len(ids) != len(set(ids)):
        raise Wrong(f"two operations have one id: {sorted(ids)}")
    for method, path, operation in operations(document):
        if not operation["responses"]:
            raise Wrong(f"{method} {path} has no response")
        for name in (name for way in operation.get("security", ()) for name in way):
            resolve(document, f"#/components/securitySchemes/{name}", f"{method} {path}")
