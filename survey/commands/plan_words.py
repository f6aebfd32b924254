"""A quota plan in words: a few lines, or a page with its cells, compromises and precision."""

from __future__ import annotations

from collections.abc import Iterator

from sampling.forecast import Precision, ResponsePlan
from sampling.record import Plan
from sampling.strata import name_cell
from survey.commands.text_table import align


def summarise_plan(record: Plan) -> Iterator[str]:
    """Yield the lines that everybody sees: numbers by category, and what could not be met."""
    counts = ", ".join(f"{name} {count}" for name, count in record["categories"].items())
    yield f"{record['n']} people: {counts}"
    yield from _tell_bends(record)
    if "response" in record:
        yield from _tell_response(record["response"])


def explain_plan(record: Plan) -> Iterator[str]:
    """Yield the whole plan as text: targets, frame, cells, compromises, precision, response."""
    yield f"{record['n']} people of {record['residents']} residents, rate {record['rate']}"
    yield f"rules {record['rules']['id']}, sha256 {record['rules']['digest']}"
    if "sample_size" in record:
        size = record["sample_size"]
        yield f"sample size: rate {size['asked']}, floor {size['floor']}, cap {size['cap']}"
    if "areas" in record:
        yield "residents by area: " + _list(record["areas"])
    if "set" in record:
        yield "set by hand: " + _list(record["set"])
    yield ""
    yield from align([("category", "target", "eligible", "not eligible"), *_list_people(record)])
    yield ""
    cells = [(name_cell(cell["cell"]), str(cell["n"]), str(cell["N"])) for cell in record["cells"]]
    yield from align([("cell", "target", "eligible"), *cells])
    yield ""
    yield from _tell_bends(record) if record["compromises"] else ["no compromises"]
    if "precision" in record:
        yield ""
        yield from _tell_precision(record["precision"])
    if "response" in record:
        yield ""
        yield from _tell_response(record["response"])


def _list(numbers: dict[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in numbers.items())


def _list_people(record: Plan) -> list[tuple[str, ...]]:
    return [
        (name, str(count), str(people["eligible"]), str(people["ineligible"]))
        for name, count in record["categories"].items()
        for people in [record["frame"][name]]
    ]


def _tell_bends(record: Plan) -> Iterator[str]:
    for item in record["compromises"]:
        yield (
            f"compromise: {item['rule']} {item['subject']}: "
            f"{item['reached']} instead of {item['target']} ({item['why']})"
        )
    for entry in record["ineligible"]:
        yield (
            f"not eligible: {entry['N']} of category {entry['category']}, "
            f"grade band {entry['grade_band']}"
        )
    if record["collapses"]:
        yield f"{len(record['collapses'])} strata unite several cells (see collapses)"


def _tell_precision(precision: Precision) -> Iterator[str]:
    overall = precision["overall"]
    yield f"precision, if everybody answers ({precision['level']} level):"
    for share, half in overall["half_widths"].items():
        yield f"  a true share of {share} is met within {half}, up or down"
    for share, chance in overall["chances"].items():
        yield f"  a county truly at {share} passes {precision['limit']} with chance {chance}"
    yield "a category by itself:"
    for worth in precision["categories"]:
        yield f"  {worth['category']}: {worth['why']}"


def _tell_response(response: ResponsePlan) -> Iterator[str]:
    yield f"to be asked, with confidence {response['confidence']} in each category:"
    header = ("category", "wanted", "rate", "issue", "reserve", "chance")
    rows = [
        (
            entry["category"],
            str(entry["n"]),
            entry["rate"],
            str(entry["issue"]),
            str(entry["reserve"]),
            entry["chance"],
        )
        for entry in response["categories"]
    ]
    yield from align([header, *rows])
    yield f"deepest reserve that a stratum needs: {response['reserve_depth']}"
