"""The rules in force: a preset, tightened (or, with an exception, loosened) by the study."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from ipscausal.errors import DisclosureError

ADJUSTABLE = ("min_persons", "min_residual_df")


@dataclass(frozen=True, slots=True)
class Rules:
    """Thresholds; a number below its threshold does not leave.

    exception is the text for the checker where a threshold lies below the preset, else empty.
    """

    ruleset: str
    min_persons: int
    min_residual_df: int
    min_municipalities: int
    exception: str = ""


def preset(name: str) -> Rules:
    """The rule set as shipped. Raises DisclosureError for an unknown name."""
    content = resources.files("ipscausal.disclosure").joinpath("rules.toml").read_text(encoding="utf-8")
    presets = tomllib.loads(content)
    if name not in presets:
        raise DisclosureError(
            f"unknown disclosure rule set {name!r}", remedy=f"choose one of: {', '.join(sorted(presets))}"
        )
    return Rules(ruleset=name, **presets[name])


def rules_in_force(choice: Mapping[str, Any]) -> Rules:
    """Rules of the study's [disclosure] section.

    Raises DisclosureError (exit 4) when a rule is looser than its preset and no exception is given.
    """
    base = preset(choice.get("ruleset", "ssb"))
    chosen = {name: int(choice.get(name, getattr(base, name))) for name in ADJUSTABLE}
    exception = str(choice.get("exception", "")).strip()
    loosened = tuple(
        f"{name} = {value} is looser than {getattr(base, name)} in the rule set {base.ruleset}"
        for name, value in chosen.items()
        if value < getattr(base, name)
    )
    if loosened and not exception:
        raise DisclosureError(
            "the study loosens a disclosure rule without an exception",
            problems=loosened,
            remedy="restore the rule, or write the reason as `exception` under [disclosure]; it goes to the checker",
        )
    return Rules(
        ruleset=base.ruleset,
        min_municipalities=base.min_municipalities,
        exception=exception if loosened else "",
        **chosen,
    )


def limit(reason: str, rules: Rules) -> int:
    """The threshold that a reason speaks of."""
    return rules.min_residual_df if reason == "residual_df" else rules.min_persons
