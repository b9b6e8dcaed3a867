"""The examples of the OpenAPI document fit its own schemas, and there is one wherever JSON is taken or answered."""

from collections.abc import Iterator
from typing import Any

from web.api.examples import REQUESTS
from web.api.groups import GROUPS
from web.api.meanings import IN, MEANINGS
from web.api.openapi import document
from web.api.routes import ENDPOINTS
from web.requests import built

JSON = "application/json"


def bodies(described: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            places = {"request": operation.get("requestBody", {})} | operation["responses"]
            for name, place in places.items():
                if JSON in place.get("content", {}):
                    yield f"{method} {path} {name}", place["content"][JSON]
    for name, response in described["components"]["responses"].items():
        yield name, response["content"][JSON]


KINDS = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}


def misfits(value: Any, schema: dict[str, Any], schemas: dict[str, Any]) -> list[str]:
    """What of *value* does not fit, for the words of JSON Schema that the document uses about shape."""
    if "$ref" in schema:
        return misfits(value, schemas[schema["$ref"].rpartition("/")[2]], schemas)
    wrong = [problem for part in schema.get("allOf", []) for problem in misfits(value, part, schemas)]
    for choice in ("anyOf", "oneOf"):
        if choice in schema and all(misfits(value, part, schemas) for part in schema[choice]):
            wrong.append(f"{value!r} fits none of {choice}")
    if "enum" in schema and value not in schema["enum"]:
        wrong.append(f"{value!r} is not in {schema['enum']}")
    if "type" in schema:
        wanted = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
        kind = "null" if value is None else KINDS[type(value)]
        if kind not in wanted and not (kind == "integer" and "number" in wanted):
            wrong.append(f"{value!r} is no {wanted}")
    if isinstance(value, dict):
        wrong += [f"{name} is missing" for name in schema.get("required", []) if name not in value]
        known = schema.get("properties", {})
        wrong += [
            problem for name in value if name in known for problem in misfits(value[name], known[name], schemas)
        ]
    if isinstance(value, list):
        wrong += [problem for item in value for problem in misfits(item, schema.get("items", {}), schemas)]
    return wrong


def test_every_body_has_an_example_that_fits_its_schema() -> None:
    described = document()
    schemas = described["components"]["schemas"]

    wrong = {place: misfits(media["example"], media["schema"], schemas) for place, media in bodies(described)}

    assert {place: problems for place, problems in wrong.items() if problems} == {}


def test_examples_of_requests_can_be_read_by_the_models_that_read_requests() -> None:
    models = {endpoint.body for endpoint in ENDPOINTS if endpoint.body is not None}

    for model in models:
        if model.__name__ in REQUESTS:
            built(model).model_validate(REQUESTS[model.__name__])


def test_every_call_stands_in_a_group_that_is_described() -> None:
    described = document()
    known = {tag["name"] for tag in described["tags"]}

    used = {tag for methods in described["paths"].values() for one in methods.values() for tag in one["tags"]}

    assert used <= known == {group.slug for group in GROUPS}


def test_every_meaning_belongs_to_a_field_that_exists() -> None:
    schemas = document()["components"]["schemas"]
    fields = {f"{shape}.{name}" for shape, schema in schemas.items() for name in schema.get("properties", {})}

    assert set(IN) <= fields
    assert set(MEANINGS) <= {field.partition(".")[2] for field in fields}
    said = [schemas[shape]["properties"][name] for shape, name in (("Post", "due_at"), ("Schedule", "when"))]
    assert all(field["description"] for field in said)
