#!/usr/bin/env python3
"""Writes the bundled history from the facts in `source/`, byte for byte the same each time.

    python3 Deploy/history/build_history.py           writes the files
    python3 Deploy/history/build_history.py --check   compares; ends with 1 where a file differs

Python's standard library is all that is needed. README.md beside this script says what the files are.
"""
import argparse
import csv
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE / "source"

# Time of recording, one a document: when its statements were turned into events. It says nothing of when
# they hold or when the document appeared (no document dates itself), so one day serves for all.
RECORDED = {
    "brochure-iscm": "2026-01-01T00:00:00Z",
    "members.csv": "2026-01-01T01:00:00Z",
    "brochure-rcp": "2026-01-01T02:00:00Z",
    "note-gcm": "2026-01-01T03:00:00Z",
    "slides-arcp": "2026-01-01T04:00:00Z",
}
ROLES_RECORDED = "2026-01-05T09:00:00Z"
VERSIONS = {"focal_point.designated": 2}
SYNTHETIC = "urn:diwan:synthetic"


def rows(name):
    """The rows of a CSV file; an empty cell is no value."""
    with open(SOURCE / name, encoding="utf-8", newline="") as file:
        return [{field: value for field, value in row.items() if value != ""} for row in csv.DictReader(file)]


def items(name):
    """The items of a JSON file."""
    return json.loads((SOURCE / name).read_text("utf-8"))


def envelope(kind, identifier, source, key, subject, time, data, backfill):
    """One CloudEvent; its extension `backfill` keeps notices silent, `partitionkey` is the record's key."""
    event = {
        "specversion": "1.0",
        "id": identifier,
        "source": source,
        "type": f"org.iscm.{kind}.v{VERSIONS.get(kind, 1)}",
        "subject": subject,
        "time": time,
        "datacontenttype": "application/json",
        "partitionkey": key,
    }
    if backfill:
        event["backfill"] = True
    event["data"] = data
    return event


def stated(kind, name, key, subject, data):
    """An event of the history: what the document named in the data states."""
    document = data["document"]
    return envelope(
        kind, f"history/{kind}/{name}", f"urn:diwan:history:{document}", key, subject, RECORDED[document], data, True)


def made_up(kind, name, key, subject, time, data):
    """An event made up for trials, and marked so."""
    data = {**data, "synthetic": True}
    return envelope(kind, f"synthetic/{kind}/{name}", SYNTHETIC, key, subject, time, data, False)


def short(name):
    """A region's short name."""
    return name.lower().replace(" ", "-")


def registrations():
    further = {entry["mechanism"]: entry["data"] for entry in items("further_statements.json")}
    for row in rows("mechanisms.csv"):
        slug = row["slug"]
        regions = row["region_en"].split(";")
        data = {"name_ar": row["name_ar"], "name_en": row["name_en"]}
        if "acronym" in row:
            data["acronym"] = row["acronym"]
        data.update(
            mech_type=row["mech_type"],
            regions=[short(region) for region in regions],
            region_ar=row["region_ar"].split(";"),
            region_en=regions,
            themes=row["themes"].split(";"),
            founded_year=int(row["founded_year"]),
            states_count=int(row["states_count"]),
            document=row["document"],
            lines=row["lines"],
        )
        data.update(further.get(slug, {}))
        yield stated("mechanism.registered", slug, slug, slug, data)


def memberships():
    mechanisms = {row["slug"]: row for row in rows("mechanisms.csv")}
    for row in rows("members.csv"):
        slug, party = row["mechanism"], row["party"]
        origin = (
            f"Public list of member States of {mechanisms[slug]['name_en']}; "
            f"as many as {mechanisms[slug]['document']} counts in line {mechanisms[slug]['lines']}")
        data = {"party": party, "party_kind": "state", "document": "members.csv", "origin": origin}
        yield stated("member.joined", f"{slug}/{party}", slug, f"{slug}/{party}", data)


def arab_process():
    for item in items("arab_process.json"):
        subject = item["data"].get("document_id" if item["type"] == "document.issued" else "position_id")
        yield stated(item["type"], f"arcp/{item['name']}", "arcp", subject or f"arcp/{item['name']}", item["data"])


def global_meetings():
    for data in items("global_meetings.json"):
        ordinal = data["ordinal"]
        yield stated("global_meeting.held", str(ordinal), "global", f"global-meeting/{ordinal}", data)


def figures():
    for item in items("figures.json"):
        data = {field: value for field, value in item.items() if field != "key"}
        yield stated("figure.stated", data["figure"], item["key"], data["figure"], data)


def roles():
    for row in rows("synthetic_roles.csv"):
        data = {"state_or_body": row["state_or_body"], "role": row["role"], "person": row["person"]}
        name = row["state_or_body"].lower()
        yield made_up("focal_point.designated", f"arcp/{name}", "arcp", f"arcp/{name}", ROLES_RECORDED, data)


def live():
    for item in items("synthetic_events.json"):
        yield made_up(item["type"], item["subject"], "arcp", item["subject"], item["time"], item["data"])


def people():
    for row in rows("synthetic_roles.csv"):
        data = {
            "name_ar": row["name_ar"],
            "name_en": row["name_en"],
            "languages": row["languages"].split(";"),
            "channels": [{"kind": "email", "address": row["address"]}],
            "digits": "latn",
            "time_zone": row["time_zone"],
        }
        person = row["person"]
        yield made_up("person.described", person, person, person, ROLES_RECORDED, data)


FILES = {
    "history.jsonl": (registrations, memberships, arab_process, global_meetings, figures),
    "synthetic.jsonl": (roles, live),
    "synthetic-people.jsonl": (people,),
}


def render(parts):
    """The bytes of a file: one event a line, every (source, id) once."""
    lines, seen = [], set()
    for part in parts:
        for event in part():
            identity = (event["source"], event["id"])
            if identity in seen:
                raise SystemExit(f"build_history: {identity} stands twice; give one of the two another name in source/")
            seen.add(identity)
            lines.append(json.dumps(event, ensure_ascii=False, separators=(",", ":")) + "\n")
    return "".join(lines).encode("utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with the files that are there; write nothing")
    options = parser.parse_args()
    differing = 0
    for name, parts in FILES.items():
        path, content = HERE / name, render(parts)
        if not options.check:
            path.write_bytes(content)
        elif not path.exists() or path.read_bytes() != content:
            print(f"build_history: {name} differs from its source; run build_history.py", file=sys.stderr)
            differing = 1
    return differing


if __name__ == "__main__":
    sys.exit(main())
