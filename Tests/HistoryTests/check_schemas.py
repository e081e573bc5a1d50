#!/usr/bin/env python3
"""Holds the event schemas, and every event of the history, against an independent validator.

    pip install jsonschema
    python3 Tests/HistoryTests/check_schemas.py [--records FILE]...

A file of records has one structured CloudEvent a line, alone or after KEY<TAB>. The files of
`Deploy/history` are always read. Ends with 1 and one line a problem where something is wrong.
This is a check for developers: the program itself never needs Python.
"""
import argparse
import collections
import json
import pathlib
import re
import sys

try:
    import jsonschema
except ImportError:
    sys.exit("check_schemas: the package jsonschema is missing: pip install jsonschema")

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMAS = ROOT / "Sources" / "EventCatalogue" / "Schemas"
HISTORY = ROOT / "Deploy" / "history"
NAME = re.compile(r"^([a-z_]+\.[a-z_]+)\.v([1-9][0-9]*)\.json$")

# Keywords that the program's own validator supports; anything else is refused when it is loaded.
ASSERTIONS = {
    "type", "enum", "const", "properties", "required", "additionalProperties", "items", "minItems", "minLength",
    "maxLength", "minimum", "maximum", "pattern", "allOf", "anyOf", "oneOf", "if", "then", "else", "definitions", "$ref",
}
ANNOTATIONS = {"$schema", "title", "description", "examples"}
OWN = {"x-type", "x-name-en", "x-name-ar", "x-effective", "x-sequence", "x-counter-examples"}
ARABIC = re.compile(r"[\u0621-\u064a]")


def subschemas(schema):
    """Yields the schema and every schema within it."""
    yield schema
    for keyword in ("properties", "definitions"):
        for inner in schema.get(keyword, {}).values():
            yield from subschemas(inner)
    for keyword in ("items", "if", "then", "else", "additionalProperties"):
        if isinstance(schema.get(keyword), dict):
            yield from subschemas(schema[keyword])
    for keyword in ("allOf", "anyOf", "oneOf"):
        for inner in schema.get(keyword, []):
            yield from subschemas(inner)


def strict(pairs):
    """Refuses an object that names a key twice."""
    keys = [key for key, _ in pairs]
    if len(keys) != len(set(keys)):
        raise ValueError(f"a key stands twice: {keys}")
    return dict(pairs)


def check_schema(path, problems):
    """Returns (type, validator) of a schema file."""
    match = NAME.match(path.name)
    if not match:
        problems.append(f"{path.name}: the name must be TYPE.vN.json")
        return None
    schema = json.loads(path.read_text("utf-8"), object_pairs_hook=strict)
    jsonschema.Draft7Validator.check_schema(schema)
    expected = f"org.iscm.{match[1]}.v{match[2]}"
    if schema.get("x-type") != expected:
        problems.append(f"{path.name}: x-type must be {expected}")
    for index, inner in enumerate(subschemas(schema)):
        extra = set(inner) - ASSERTIONS - ANNOTATIONS - (OWN if index == 0 else set())
        if extra:
            problems.append(f"{path.name}: unsupported keywords {sorted(extra)}")
        if "$ref" in inner and len(inner) > 1:
            problems.append(f"{path.name}: draft 7 ignores what stands beside $ref")
    for name, inner in schema["properties"].items():
        if not inner.get("description"):
            problems.append(f"{path.name}: property {name} has no description")
    for keyword in ("x-name-en", "x-name-ar", "description"):
        if not schema.get(keyword):
            problems.append(f"{path.name}: {keyword} is missing")
    if not ARABIC.search(schema.get("x-name-ar", "")):
        problems.append(f"{path.name}: x-name-ar is not Arabic")
    for keyword in ("x-effective", "x-sequence"):
        if keyword in schema and schema[keyword] not in schema["properties"]:
            problems.append(f"{path.name}: {keyword} names no property")
    validator = jsonschema.Draft7Validator(schema)
    examples, counters = schema.get("examples", []), schema.get("x-counter-examples", [])
    if len(examples) < 2 or len(counters) < 3:
        problems.append(f"{path.name}: two examples and three counter-examples are the least")
    for index, example in enumerate(examples):
        for error in validator.iter_errors(example):
            problems.append(f"{path.name}: example {index}: {error.message}")
    for index, counter in enumerate(counters):
        if not counter.get("why"):
            problems.append(f"{path.name}: counter-example {index} does not say why")
        if validator.is_valid(counter["data"]):
            problems.append(f"{path.name}: counter-example {index} is valid: {counter['why']}")
    return expected, validator


def check_records(path, validators, problems):
    """Checks every record of a file; returns how many it holds of each type."""
    counts = collections.Counter()
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        key, tab, body = line.rpartition("\t")
        event = json.loads(body, object_pairs_hook=strict)
        where = f"{path.name}:{number}"
        for attribute in ("specversion", "id", "source", "type", "time", "partitionkey"):
            if not isinstance(event.get(attribute), str) or not event[attribute]:
                problems.append(f"{where}: {attribute} is missing")
        if tab and key != event.get("partitionkey"):
            problems.append(f"{where}: the key differs from partitionkey")
        validator = validators.get(event.get("type"))
        if validator is None:
            problems.append(f"{where}: unknown type {event.get('type')}")
            continue
        counts[event["type"]] += 1
        for error in validator.iter_errors(event.get("data")):
            problems.append(f"{where}: {event['type']}: {list(error.absolute_path)}: {error.message}")
    return counts


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", action="append", default=[], type=pathlib.Path)
    options = parser.parse_args()
    problems = []
    validators = dict(filter(None, (check_schema(path, problems) for path in sorted(SCHEMAS.glob("*.json")))))
    if not validators:
        problems.append("no schema found")
    print(f"{len(validators)} schemas")
    for path in [*sorted(HISTORY.glob("*.jsonl")), *options.records]:
        counts = check_records(path, validators, problems)
        print(f"{path.name}: {sum(counts.values())} events")
        for name, count in sorted(counts.items()):
            print(f"  {count:6} {name}")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
