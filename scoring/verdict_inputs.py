"""What a verdict was made from, as it stands in the certificate, and read back out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sampling.canonical import digest
from sampling.problems import N_, Problem
from scoring.county_checks import check_county, check_schools
from scoring.county_data import NOTHING, CountyData, county_rows, parse_county
from scoring.difference import compare_records
from scoring.record_file import Record, mapping, text, text_rows, texts
from scoring.rule_set import RuleSet, load_rule_set, rule_set_from, rule_set_ids
from scoring.school_layout import layout_of
from scoring.schools import School, parse_schools, school_row

INPUTS = ("schools", "rate", "county", "results")
"""The inputs of a verdict, each under a digest of its own."""


@dataclass(frozen=True, slots=True)
class VerdictInputs:
    """Everything that a verdict is made from besides the rule set, the engine and the reliefs.

    `results` is the record of an outside system's findings, as it was handed in.
    """

    schools: Sequence[School]
    rate: Mapping[str, object] | None = None
    data: CountyData = NOTHING
    results: Mapping[str, object] | None = None

    def record(self) -> Record:
        """Return the inputs as a certificate keeps them; None for what was not handed in."""
        rows = county_rows(self.data)
        return {
            "schools": [school_row(school) for school in self.schools],
            "rate": None if self.rate is None else dict(self.rate),
            "county": rows or None,
            "results": None if self.results is None else dict(self.results),
        }


def digests_of(inputs: Mapping[str, object]) -> dict[str, str | None]:
    """Return the SHA-256 of each input, None for what was not handed in."""
    return {name: None if inputs.get(name) is None else digest(inputs.get(name)) for name in INPUTS}


def check_inputs(record: Mapping[str, object]) -> None:
    """Compare the inputs of a certificate, untouched, with their digests; `Difference` if not."""
    inputs, digests = mapping(record, "inputs"), mapping(record, "digests")
    for name, found in digests_of(inputs).items():
        compare_records(digests.get(name), found, f"digests, {name}")


def read_inputs(record: Mapping[str, object], rule_set: RuleSet) -> VerdictInputs:
    """Return the inputs of a certificate; `Problem` or `Problems` where they are none."""
    inputs = mapping(record, "inputs")
    schools = _schools(inputs, rule_set)
    rate = None if inputs.get("rate") is None else mapping(inputs, "rate")
    results = None if inputs.get("results") is None else mapping(inputs, "results")
    return VerdictInputs(schools, rate, _county(inputs, rule_set, schools), results)


def read_rules(record: Mapping[str, object]) -> RuleSet:
    """Return the rule set of a certificate: one that comes with the programme, or its own.

    Raises `Difference` where the digest is another.
    """
    rules = mapping(record, "rules")
    rule_set_id = text(rules, "id")
    if "content" in rules:
        rule_set = rule_set_from(mapping(rules, "content"), f"rules {rule_set_id}")
    else:
        rule_set = load_rule_set(rule_set_id)
    compare_records(rules.get("digest"), rule_set.digest, f"digest of rule set {rule_set_id}")
    return rule_set


def rules_record(rule_set: RuleSet) -> Record:
    """Return a rule set as a certificate names it; one of a file stands in there whole."""
    record: Record = {"id": rule_set.id, "digest": rule_set.digest}
    if not is_shipped(rule_set):
        record["content"] = dict(rule_set.content)
    return record


def is_shipped(rule_set: RuleSet) -> bool:
    """Return whether a rule set is one of those that come with the programme, unchanged."""
    if rule_set.id not in rule_set_ids():
        return False
    return load_rule_set(rule_set.id).digest == rule_set.digest


def read_reliefs(record: Mapping[str, object]) -> list[str]:
    """Return the switches of reliefs that were on."""
    reliefs = record.get("reliefs")
    if not isinstance(reliefs, list) or not all(isinstance(one, dict) for one in reliefs):
        raise Problem(N_("key {key!r}: expected a list"), key="reliefs")
    return texts({"reliefs": [one.get("id") for one in reliefs]}, "reliefs")


def _schools(inputs: Mapping[str, object], rule_set: RuleSet) -> list[School]:
    rows = text_rows(inputs.get("schools"), "inputs.schools")
    schools = parse_schools(rows, "inputs.schools", layout_of(rule_set)) if rows else []
    check_schools(schools, "inputs.schools")
    return schools


def _county(
    inputs: Mapping[str, object], rule_set: RuleSet, schools: Sequence[School]
) -> CountyData:
    if inputs.get("county") is None:
        return NOTHING
    sheets = {
        name: text_rows(rows, f"inputs.county.{name}")
        for name, rows in mapping(inputs, "county").items()
    }
    county = parse_county(sheets, rule_set, "inputs.county")
    check_county(county, schools, "inputs.county")
    return county.data
