"""Addresses: one text into its parts, with how sure that is, and parts into the text of an envelope.

A small grammar, on purpose: what it does not understand it says, so that a person is asked.
"""

import re

from hosk_plugin import BpmnError, Connector

COUNTRIES = {
    "DE": ["deutschland", "germany", "de"],
    "AT": ["österreich", "austria", "at"],
    "CH": ["schweiz", "suisse", "svizzera", "switzerland", "ch"],
    "FR": ["france", "frankreich", "fr"],
    "NL": ["nederland", "netherlands", "niederlande", "nl"],
    "US": ["usa", "united states", "united states of america", "us"],
    "GB": ["united kingdom", "uk", "great britain", "england", "gb"],
}
NAMES = {name: code for code, names in COUNTRIES.items() for name in names}
# The house number stands before the street's name.
NUMBER_FIRST = {"US", "GB", "FR"}
HOUSE = r"\d+\s?[a-zA-Z]?(?:\s?[-/]\s?\d+\s?[a-zA-Z]?)?"
# Line with postcode and city, by the habits of the country; the first that fits wins.
LAST_LINES = [
    ("US", r"^(?P<city>.+?),?\s+(?P<region>[A-Z]{2})\s+(?P<postcode>\d{5}(?:-\d{4})?)$"),
    ("GB", r"^(?P<city>.+?),?\s+(?P<postcode>[A-Z]{1,2}\d[A-Z\d]?\s*\d[A-Z]{2})$"),
    ("NL", r"^(?P<postcode>\d{4}\s?[A-Z]{2})\s+(?P<city>.+)$"),
    (None, r"^(?:[A-Z]{1,2}-)?(?P<postcode>\d{4,5})\s+(?P<city>.+)$"),
]

connector = Connector("address-normaliser", 1, "Address normaliser")

PART = {"type": ["string", "null"]}
PARTS = {name: PART for name in ["recipient", "street", "houseNumber", "postcode", "city", "region", "country"]}


@connector.operation(
    "split",
    title="Split an address",
    description="One text into its parts. What cannot be told apart well enough raises ADDRESS_UNCLEAR.",
    delivery="idempotent",
    input={
        "type": "object",
        "required": ["address"],
        "properties": {
            "address": {"type": "string", "title": "Address", "minLength": 1, "maxLength": 1000, "x-multiline": True},
            "country": {"type": "string", "title": "Country", "description": "Two letters, when it is not in the text"},
            "confidence": {"type": "number", "title": "Least confidence", "minimum": 0, "maximum": 1, "default": 0.5},
        },
    },
    output={
        "type": "object",
        "required": ["confidence", "unclear"],
        "properties": {**PARTS, "confidence": {"type": "number"}, "unclear": {"type": "array", "items": {"type": "string"}}},
    },
    errors=[{"code": "ADDRESS_UNCLEAR", "meaning": "A person must say what the parts are"}],
)
def split(input, call):
    parts = dict.fromkeys(PARTS)
    lines = lines_of(input["address"])
    parts["country"] = country_of(lines) or (input.get("country") or "").strip().upper() or None
    at = place_line(lines, parts)
    if at is not None:
        street_line(lines[:at], parts)
    needed = ["street", "houseNumber", "postcode", "city", "country"]
    unclear = [name for name in needed if not parts[name]]
    confidence = round(1 - len(unclear) / len(needed), 2)
    if confidence < input.get("confidence", 0.5):
        raise BpmnError("ADDRESS_UNCLEAR", "the parts of the address cannot be told apart", {"unclear": unclear})
    return {**parts, "confidence": confidence, "unclear": unclear}


@connector.operation(
    "join",
    title="Join an address",
    description="Parts into the lines of an envelope, in the order of the country.",
    delivery="idempotent",
    input={"type": "object", "required": ["street", "city"], "properties": PARTS},
    output={"type": "object", "required": ["address"], "properties": {"address": {"type": "string"}}},
)
def join(input, call):
    part = lambda name: (input.get(name) or "").strip()
    country = part("country").upper()
    house = [part("houseNumber"), part("street")] if country in NUMBER_FIRST else [part("street"), part("houseNumber")]
    if country == "US":
        last = f"{part('city')}, {part('region')} {part('postcode')}"
    elif country == "GB":
        last = f"{part('city')} {part('postcode')}"
    else:
        last = f"{part('postcode')} {part('city')}"
    lines = [part("recipient"), " ".join(house), last, country]
    return {"address": "\n".join(line.strip(" ,") for line in lines if line.strip(" ,"))}


def lines_of(text):
    """Lines; a single line is taken apart at its commas, but for the one before a region."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) == 1:
        lines = [part.strip() for part in lines[0].split(",") if part.strip()]
        for at in range(len(lines) - 1):
            if re.match(r"^[A-Z]{2}\s+\d{5}", lines[at + 1]):
                lines[at : at + 2] = [f"{lines[at]}, {lines[at + 1]}"]
                break
    return lines


def country_of(lines):
    """The country of the last line, which is taken away."""
    if lines and (code := NAMES.get(lines[-1].strip(" .").lower())):
        lines.pop()
        return code
    return None


def place_line(lines, parts):
    """Finds postcode and city; where they stand."""
    for at in range(len(lines) - 1, -1, -1):
        for country, pattern in LAST_LINES:
            if parts["country"] and country and parts["country"] != country:
                continue
            if found := re.match(pattern, lines[at]):
                parts.update(found.groupdict())
                parts["country"] = parts["country"] or country
                return at
    return None


def street_line(lines, parts):
    """The street is the last line before the place that has a number; who it is for stands before it."""
    for at in range(len(lines) - 1, -1, -1):
        if found := re.match(rf"^(?P<number>{HOUSE})\s*,?\s+(?P<street>\D.*)$", lines[at]):
            pass
        elif not (found := re.match(rf"^(?P<street>.*?\D)\s*,?\s+(?P<number>{HOUSE})$", lines[at])):
            continue
        parts["street"], parts["houseNumber"] = found["street"].strip(" ,"), found["number"].strip()
        parts["recipient"] = ", ".join(lines[:at]) or None
        return


Plugin = connector.exported()
