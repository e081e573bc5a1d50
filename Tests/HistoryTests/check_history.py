#!/usr/bin/env python3
"""Counts the bundled history by hand and compares with what the documents' data must give.

    python3 Tests/HistoryTests/check_history.py

Needs Python's standard library only. The counts here are taken from the events, never from `source/`, so a
mistake in the script that writes them shows. Ends with 1 and one line a problem.
"""
import collections
import csv
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
HISTORY = ROOT / "Deploy" / "history"
DIRECTORY = ROOT / "Plugins" / "MechanismDirectory" / "data"
DIGEST = ROOT / "Plugins" / "ImrfDigest" / "data"
THEMES = {
    "labour-migration": 16, "migration-development": 11, "irregular-migration": 13, "counter-trafficking": 15,
    "migrants-rights": 9, "border-management": 10, "migration-data": 0, "migration-policies": 0,
    "migration-health": 3, "migrant-integration": 3, "return": 8, "climate-change": 2,
}
DOCUMENTS = {"brochure-rcp", "brochure-iscm", "note-gcm", "slides-arcp", "members.csv"}
ARABIC = re.compile(r"[\u0621-\u064a]")
problems = []


def expect(name, found, expected):
    if found != expected:
        problems.append(f"{name}: found {found}, expected {expected}")


def events(name):
    return [json.loads(line) for line in (HISTORY / name).read_text("utf-8").splitlines()]


def table(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def of(stream, kind):
    return [event for event in stream if event["type"].startswith(f"org.iscm.{kind}.v")]


def check_history(history):
    counts = collections.Counter(event["type"] for event in history)
    expect("events by type", dict(counts), {
        "org.iscm.mechanism.registered.v1": 30, "org.iscm.member.joined.v1": 159, "org.iscm.global_meeting.held.v1": 7,
        "org.iscm.figure.stated.v1": 76, "org.iscm.chair.assumed.v1": 1, "org.iscm.secretariat.designated.v1": 1,
        "org.iscm.document.issued.v1": 6, "org.iscm.position.adopted.v1": 2})
    mechanisms = {event["partitionkey"]: event["data"] for event in of(history, "mechanism.registered")}
    types = {slug: data["mech_type"] for slug, data in mechanisms.items()}
    expect("mechanisms by type", dict(collections.Counter(types.values())), {"rcp": 15, "irf": 14, "global": 1})
    decades = collections.Counter(data["founded_year"] // 10 * 10 for data in mechanisms.values())
    expect("founded by decade", dict(decades), {1980: 1, 1990: 3, 2000: 19, 2010: 7})
    early = collections.Counter(data["mech_type"] for data in mechanisms.values() if data["founded_year"] <= 2004)
    expect("founded by 2004", dict(early), {"rcp": 8, "irf": 6})

    merges = {row["slug"]: row["merges_into"] or row["slug"] for row in table(DIRECTORY / "themes.csv")}
    themes = dict.fromkeys(THEMES, 0)
    for slug, data in mechanisms.items():
        unknown = set(data["themes"]) - set(merges)
        expect(f"themes of {slug} without a label", unknown, set())
        if types[slug] != "global":
            for theme in {merges.get(theme) for theme in data["themes"]} & set(themes):
                themes[theme] += 1
    expect("mechanisms by theme", themes, THEMES)

    seats = [(event["partitionkey"], event["data"]["party"]) for event in of(history, "member.joined")]
    expect("seats, each once", len(set(seats)), 159)
    for slug, count in collections.Counter(slug for slug, _ in seats).items():
        expect(f"members of {slug}", count, mechanisms[slug]["states_count"])
    expect("States in RCPs", len({party for slug, party in seats if types[slug] == "rcp"}), 101)
    expect("States in IRFs", len({party for slug, party in seats if types[slug] == "irf"}), 35)
    expect("States in any", len({party for _, party in seats}), 124)

    figures = of(history, "figure.stated")
    expect("figures, each once", len({event["data"]["figure"] for event in figures}), 76)
    stated = {event["data"]["figure"]: event["data"]["value"] for event in figures}
    reported = {row["slug"]: int(row["stated_count"]) for row in table(DIRECTORY / "themes.csv") if row["stated_count"]}
    expect("stated counts of themes", reported, {
        name.partition(".")[2]: value for name, value in stated.items() if name.startswith("theme.")})
    expect("themes that the documents count", set(reported), set(THEMES))
    meetings = sorted(event["data"]["ordinal"] for event in of(history, "global_meeting.held"))
    expect("Global Meetings", meetings, [1, 2, 3, 4, 5, 6, 7])
    for event in history:
        expect(f"backfill of {event['id']}", event.get("backfill"), True)
        document = event["data"].get("document")
        if document not in DOCUMENTS:
            problems.append(f"{event['id']}: names no document")
        if document != "members.csv" and not event["data"].get("lines"):
            problems.append(f"{event['id']}: names no lines")
        if event["partitionkey"] not in {*mechanisms, "global"}:
            problems.append(f"{event['id']}: unknown key {event['partitionkey']}")
    return {party for _, party in seats}, {party for slug, party in seats if slug == "arcp"}


def check_synthetic(arab_states):
    synthetic, people = events("synthetic.jsonl"), events("synthetic-people.jsonl")
    described = {event["partitionkey"] for event in people}
    named = of(synthetic, "focal_point.designated")
    expect("persons named", {event["data"]["person"] for event in named}, described)
    states = {event["data"]["state_or_body"] for event in named if event["data"]["role"] == "national_focal_point"}
    expect("States with a focal point", states, arab_states)
    others = {event["data"]["state_or_body"] for event in named} - states
    expect("missions", others, {"las-mission-new-york", "las-mission-geneva"})
    for event in synthetic + people:
        expect(f"synthetic in {event['id']}", event["data"].get("synthetic"), True)
        expect(f"source of {event['id']}", event["source"], "urn:diwan:synthetic")
        expect(f"backfill of {event['id']}", "backfill" in event, False)
    for event in people:
        expect(f"subject of {event['id']}", event["subject"], event["partitionkey"])
        for channel in event["data"]["channels"]:
            if not channel["address"].endswith(".example.invalid"):
                problems.append(f"{event['id']}: {channel['address']} is no address under example.invalid")
    kinds = [item["kind"] for item in of(synthetic, "submission.filed")[0]["data"]["items"]]
    expect("items by kind", dict(collections.Counter(kinds)), {
        "data": 1, "evidence": 1, "best_practice": 2, "recommendation": 2})


def check_tables(parties):
    states = {row["code"]: row for row in table(DIRECTORY / "states.csv")}
    expect("States without a name", parties - set(states), set())
    objectives = table(DIGEST / "objectives.csv")
    expect("objectives", [int(row["number"]) for row in objectives], list(range(1, 24)))
    for row in [*states.values(), *objectives]:
        arabic = row.get("name_ar") or row.get("title_ar")
        english = row.get("name_en") or row.get("title_en")
        if not arabic or not ARABIC.search(arabic) or not english or ARABIC.search(english):
            problems.append(f"both languages are needed: {row}")


def main():
    history = events("history.jsonl")
    parties, arab_states = check_history(history)
    check_synthetic(arab_states)
    check_tables(parties)
    everything = history + events("synthetic.jsonl") + events("synthetic-people.jsonl")
    expect("events, each (source, id) once", len({(event["source"], event["id"]) for event in everything}), len(everything))
    built = subprocess.run([sys.executable, HISTORY / "build_history.py", "--check"], check=False)
    expect("build_history.py --check", built.returncode, 0)
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{len(everything)} events, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
