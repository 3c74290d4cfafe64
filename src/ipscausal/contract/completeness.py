"""Whether the delivery holds the whole last study year, and the years that are left where it does not."""

from __future__ import annotations

from collections.abc import Callable

from ipscausal.contract.rules import STOPS, Rule
from ipscausal.extracts import parameters
from ipscausal.study import Study
from ipscausal.warehouse import Warehouse, load_models

CHECK = "check_last_year"
PROFILES = ("employment_profile", "benefit_profile")
_FEWEST_YEARS = 2


def whole_years(warehouse: Warehouse, study: Study) -> tuple[Study, dict[str, int]]:
    """The study without the years at its end that the delivery does not hold whole, and the months missing from it.

    Years are left out only where the study says so (`population.incomplete_last_year`), and two always remain. Makes
    the tables PROFILES, which the caller drops.
    """
    models = {model.name: model for model in load_models("checks")}
    for name in PROFILES:
        warehouse.run(models[name], parameters(study))
    missing = warehouse.violations(models[CHECK], parameters(study))
    here = missing
    while study.population.incomplete_last_year == "drop" and _months(here):
        if study.last_year - study.first_year < _FEWEST_YEARS:
            break
        study = study.until(study.last_year - 1)
        here = warehouse.violations(models[CHECK], parameters(study))
        missing = {name: count + here[name] if _months(here) else count for name, count in missing.items()}
    return study, missing


def _months(missing: dict[str, int]) -> int:
    return missing["employment_months"] + missing["benefits_months"]


def _chosen(choice: str) -> Callable[[Study], bool]:
    return lambda study: study.population.incomplete_last_year == choice


_KEY = "population.incomplete_last_year"
_LOOK = "ask for the missing months, or end population.years a year earlier"

LAST_YEAR_RULES = tuple(
    Rule(
        f"{table}_last_year_{choice}", table, "start_date", "error" if choice == "error" else "warning",
        f"last months of the study without new {rows}, or extracted before they were over", treatment, remedy, CHECK,
        f"{table}_months", "months", "months", _chosen(choice),
    )
    for table, rows in (("employment", "jobs"), ("benefits", "benefits"))
    for choice, treatment, remedy in (
        ("drop", "the study ends with the last whole year", f'{_LOOK}; {_KEY} = "keep" counts it'),
        ("keep", "the last study year is counted as delivered", _LOOK),
        ("error", STOPS, f'{_LOOK}, or set {_KEY} = "drop"'),
    )
)  # fmt: skip
