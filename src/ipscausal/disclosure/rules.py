"""The rules in force: a rule set, tightened (or, with an exception, loosened) by the study.

`rules.toml` holds the rule sets with the source of every rule.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from importlib import resources
from typing import Any

from ipscausal.errors import DisclosureError

DEFAULT = "strict"
ROUNDING = ("none", "base 3", "base 5", "midpoint 6")
"""Ways of rounding counts, the loosest first."""
DIGITS_BESIDE_ROUNDING = 4
ZERO_CELLS = ("review", "withhold")
AMOUNTS = ("as counted", "withhold")
EARLIER_RELEASES = ("review", "withhold")


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules by which numbers and files leave; `rules.toml` says what each means.

    exception is the text for the checker where a rule is looser than its rule set, else empty.
    """

    ruleset: str
    min_persons: int
    min_residual_df: int
    min_cluster_df: int
    min_municipalities: int
    min_population: int
    zero_cells: str
    max_small_cells: float
    dominance_n: int
    dominance_k: float
    p_percent: float
    amounts: str
    rounding: str
    significant_digits: int
    earlier_releases: str
    file_types: tuple[str, ...]
    max_rows: int
    max_bytes: int
    exception: str = ""

    def told(self) -> dict[str, Any]:
        """The rules as plain values, for files that leave; read again by `rules_in_force`."""
        return {**asdict(self), "file_types": list(self.file_types)}


def _higher(value: Any, base: Any) -> bool:
    return bool(value >= base)


def _lower(value: Any, base: Any) -> bool:
    return bool(value <= base)


def _no_more(value: Any, base: Any) -> bool:
    """0 means that nothing is asked."""
    return bool(base == 0 or 0 < value <= base)


def _later_in(order: tuple[str, ...]) -> Callable[[Any, Any], bool]:
    return lambda value, base: order.index(value) >= order.index(base)


def _within(value: Any, base: Any) -> bool:
    return set(value) <= set(base)


AS_STRICT: Mapping[str, Callable[[Any, Any], bool]] = {
    "min_persons": _higher,
    "min_residual_df": _higher,
    "min_cluster_df": _higher,
    "min_municipalities": _higher,
    "min_population": _higher,
    "zero_cells": _later_in(ZERO_CELLS),
    "max_small_cells": _lower,
    "dominance_n": _higher,
    "dominance_k": _lower,
    "p_percent": _higher,
    "amounts": _later_in(AMOUNTS),
    "rounding": _later_in(ROUNDING),
    "significant_digits": _lower,
    "earlier_releases": _later_in(EARLIER_RELEASES),
    "file_types": _within,
    "max_rows": _no_more,
    "max_bytes": _no_more,
}
"""Rule -> whether a value is at least as strict as the one of the rule set."""


def presets() -> dict[str, dict[str, Any]]:
    """The rule sets as shipped: name -> rule -> value, source, whether the source was read."""
    content = resources.files("ipscausal.disclosure").joinpath("rules.toml").read_text(encoding="utf-8")
    return tomllib.loads(content)


def rule_sets() -> dict[str, dict[str, tuple[str, str]]]:
    """Rule set -> rule -> its value as written, and where it comes from."""
    return {
        name: {rule: (_written(rules[rule]["value"]), str(rules[rule]["source"])) for rule in AS_STRICT}
        for name, rules in presets().items()
    }


def preset(name: str) -> Rules:
    """The rule set as shipped. Raises DisclosureError for an unknown name."""
    known = presets()
    if name not in known:
        raise DisclosureError(
            f"unknown disclosure rule set {name!r}", remedy=f"choose one of: {', '.join(sorted(known))}"
        )
    return _rules(name, {rule: known[name][rule]["value"] for rule in AS_STRICT})


def rules_in_force(choice: Mapping[str, Any]) -> Rules:
    """Rules of the study's [disclosure] section; a rule that it does not name, or leaves empty, is the rule set's.

    Raises DisclosureError (exit 4) when a rule is looser than its rule set and no exception is given.
    """
    base = preset(str(choice.get("ruleset") or DEFAULT))
    chosen = {rule: choice[rule] for rule in AS_STRICT if choice.get(rule) is not None}
    if base.rounding == "none" != chosen.get("rounding", "none"):
        # more digits of a mean would tell the count that rounding hides
        chosen.setdefault("significant_digits", DIGITS_BESIDE_ROUNDING)
    exception = str(choice.get("exception", "")).strip()
    loosened = tuple(
        f"{rule} = {_written(value)} is looser than {_written(getattr(base, rule))} in the rule set {base.ruleset}"
        for rule, value in chosen.items()
        if not AS_STRICT[rule](value, getattr(base, rule))
    )
    if loosened and not exception:
        raise DisclosureError(
            "the study loosens a disclosure rule without an exception",
            problems=loosened,
            remedy="restore the rule, or write the reason as `exception` under [disclosure]; it goes to the checker",
        )
    return _rules(base.ruleset, base.told() | chosen | {"exception": exception if loosened else ""})


def limit(reason: str, rules: Rules) -> int:
    """The threshold that a reason speaks of."""
    named = {
        "residual_df": rules.min_residual_df,
        "cluster_df": rules.min_cluster_df,
        "population": rules.min_population,
        "small_cells": round(100 * rules.max_small_cells),
    }
    return named.get(reason, rules.min_persons)


def _rules(name: str, values: Mapping[str, Any]) -> Rules:
    taken = {field.name: values[field.name] for field in fields(Rules) if field.name in values}
    return Rules(**{**taken, "ruleset": name, "file_types": tuple(values["file_types"])})


def _written(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list | tuple) else str(value)
