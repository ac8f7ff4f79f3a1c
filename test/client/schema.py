"""A validator for the part of JSON Schema (draft 2020-12) that docs/*.schema.json use.

Anything that it does not know in a schema is an error, so that no rule is
passed over in silence.
"""

import json
import pathlib
import re

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"
NOTES = {"$schema", "$defs", "title", "description", "format", "examples"}
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


class Invalid(Exception):
    """A document does not follow the schema: where, and which rule."""


def is_of_type(value, name):
    if name == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if name == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


def same(left, right):
    return type(left) is type(right) and left == right


RULES = {
    "type": lambda v, a, _: any(is_of_type(v, name) for name in ([a] if isinstance(a, str) else a)),
    "const": lambda v, a, _: same(v, a),
    "enum": lambda v, a, _: any(same(v, one) for one in a),
    "minimum": lambda v, a, _: not is_of_type(v, "number") or v >= a,
    "maximum": lambda v, a, _: not is_of_type(v, "number") or v <= a,
    "exclusiveMinimum": lambda v, a, _: not is_of_type(v, "number") or v > a,
    "pattern": lambda v, a, _: not isinstance(v, str) or re.search(a, v) is not None,
    "minLength": lambda v, a, _: not isinstance(v, str) or len(v) >= a,
    "maxLength": lambda v, a, _: not isinstance(v, str) or len(v) <= a,
    "minItems": lambda v, a, _: not isinstance(v, list) or len(v) >= a,
    "maxItems": lambda v, a, _: not isinstance(v, list) or len(v) <= a,
    "required": lambda v, a, _: not isinstance(v, dict) or set(a) <= set(v),
}


class Schema:
    def __init__(self, root):
        self.root = root

    def resolve(self, reference):
        node = self.root
        for name in reference.removeprefix("#/").split("/"):
            node = node[name]
        return node

    def check(self, value, schema=None, path="$"):
        """Raises Invalid at the first rule that is broken."""
        schema = self.root if schema is None else schema
        if schema is False:
            raise Invalid(f"{path}: not allowed")
        for rule, argument in schema.items():
            if rule in NOTES:
                continue
            if rule in RULES:
                if not RULES[rule](value, argument, schema):
                    raise Invalid(f"{path}: {rule} {argument}: {str(value)[:80]}")
            else:
                getattr(self, "check_" + rule.replace("$", ""))(value, argument, schema, path)

    def check_ref(self, value, reference, _schema, path):
        self.check(value, self.resolve(reference), path)

    def check_items(self, value, items, _schema, path):
        if isinstance(value, list):
            for index, one in enumerate(value):
                self.check(one, items, f"{path}[{index}]")

    def check_properties(self, value, properties, _schema, path):
        if isinstance(value, dict):
            for name in value.keys() & properties.keys():
                self.check(value[name], properties[name], f"{path}.{name}")

    def check_propertyNames(self, value, rule, _schema, path):
        if isinstance(value, dict):
            for name in value:
                self.check(name, rule, f"{path} (name)")

    def check_additionalProperties(self, value, rule, schema, path):
        if isinstance(value, dict):
            for name in value.keys() - schema.get("properties", {}).keys():
                self.check(value[name], rule, f"{path}.{name}")


def check_result(document):
    """Raises Invalid unless a parsed JSON result follows docs/result.schema.json."""
    Schema(json.loads((DOCS / "result.schema.json").read_text())).check(document)


def check_plan(document):
    """Raises Invalid unless a plan follows docs/plan.schema.json."""
    Schema(json.loads((DOCS / "plan.schema.json").read_text())).check(document)


def check_sweep(document):
    """Raises Invalid unless a sweep's JSON follows docs/sweep.schema.json."""
    Schema(json.loads((DOCS / "sweep.schema.json").read_text())).check(document)


def check_diagnosis(document):
    """Raises Invalid unless a diagnosis' JSON follows docs/diagnosis.schema.json."""
    Schema(json.loads((DOCS / "diagnosis.schema.json").read_text())).check(document)


def check_users(document):
    """Raises Invalid unless the JSON of `users` follows docs/users.schema.json."""
    Schema(json.loads((DOCS / "users.schema.json").read_text())).check(document)


def check_stages(document):
    """Raises Invalid unless the JSON of `stages` follows docs/stages.schema.json."""
    Schema(json.loads((DOCS / "stages.schema.json").read_text())).check(document)
