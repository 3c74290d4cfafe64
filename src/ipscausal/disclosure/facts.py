"""Facts, notices, study and provenance as they may leave: allow-lists, no paths, no small counts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ipscausal.disclosure.rounding import rounded, significant
from ipscausal.disclosure.rules import Rules
from ipscausal.disclosure.tables import EFFECT_FACTS, NOTICE_DESIGN_FIELDS, RELEASED_FACTS
from ipscausal.language import WITHHELD
from ipscausal.periods import Period, label
from ipscausal.results import Notice

PROVENANCE = (
    "software", "python", "engine", "packages", "seed", "started", "finished", "study_fingerprint", "inputs", "sql",
    "second_opinion", "plan",
)  # fmt: skip
"""Entries of the provenance that leave."""

PLAN = ("locked", "sha256", "version")
"""What leaves of the lock of a plan."""

DEVIATION = ("key", "planned", "used", "date", "reason")
"""What leaves of a deviation from the plan."""

ADVICE = ("primary", "companion", "draws", "decided_on", "digest")
"""Entries of the advice that leave."""

_PRIVATE_KEY = re.compile(r"path|folder|file|user|host|home|directory|command|cwd", re.IGNORECASE)
_PRIVATE_TEXT = re.compile(
    r"^(?:[A-Za-z]:[\\/]|[\\/~]|\.\.?[\\/]|file:)|[\\/](?:home|users|mnt|data|tmp)[\\/]", re.IGNORECASE
)


def released_facts(
    facts: Mapping[str, Any], notices: Sequence[Notice], persons: float | None, rules: Rules
) -> dict[str, Any]:
    """facts.json: the design, the rules in force and the notices that the report prints.

    persons: persons in the study (for the numerator of a share) before rounding, None where withheld.
    """
    kept = {name: facts[name] for name in RELEASED_FACTS if name in facts}
    kept |= {name: _digits(facts[name], rules.significant_digits) for name in EFFECT_FACTS if name in facts}
    if "movers_share" in kept:
        kept["movers_share"] = _share(kept["movers_share"], persons, rules)
    if facts.get("reach"):
        kept["reach"] = _reach(facts["reach"], rules)
    if "deviations" in facts:
        kept["plan"] = {name: str(facts["plan"][name]) for name in PLAN}
        # where a table lies is a place and no choice
        told = [one for one in facts["deviations"] if not one["key"].endswith(".path")]
        kept["deviations"] = [{name: str(one[name]) for name in DEVIATION} for one in told]
    if "advice" in kept:
        kept["advice"] = _advice(kept["advice"], notices)
    return {
        "schema_version": 1,
        "facts": kept,
        "rules": rules.told(),
        "notices": [{"code": n.code, "level": n.level, "values": _notice_values(n, persons, rules)} for n in notices],
    }


def _digits(value: Any, digits: int) -> Any:
    """Every broken number in a fact to so many significant digits."""
    if isinstance(value, Mapping):
        return {name: _digits(item, digits) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_digits(item, digits) for item in value]
    return significant(value, digits) if isinstance(value, float) else value


def _share(share: float | None, persons: float | None, rules: Rules) -> float | None:
    """A share of persons made of rounded counts; None where it may not leave."""
    if share is None or persons is None or not share_leaves(share, persons, rules.min_persons):
        return None
    if rules.rounding == "none":
        return share
    told = rounded(round(share * persons), rules.rounding) / rounded(persons, rules.rounding)
    return significant(told, rules.significant_digits)


def _reach(reach: Mapping[str, Any], rules: Rules) -> dict[str, float | None]:
    """The share in whole per cent; withheld where a year has too few participants or too few others.

    Where counts are rounded it is made of rounded counts: who knows the participants would else learn the persons.
    """
    if any(count is not None and count < rules.min_persons for count in (reach["least"], reach["others"])):
        return {"share": None}
    if rules.rounding == "none":
        return {"share": round(reach["share"], 2)}
    whole = sum(rounded(n, rules.rounding) for n in reach["persons"])
    return {"share": round(rounded(reach["participants"], rules.rounding) / whole, 2) if whole else None}


def _advice(advice: Mapping[str, Any], notices: Sequence[Notice]) -> dict[str, Any]:
    """The choice of methods. Its digest is of the sizes too: small ones could be found by trying them all."""
    small = any(notice.code == "small_municipalities" for notice in notices)
    return {name: advice[name] for name in ADVICE if name in advice and not (small and name == "digest")}


def released_study(study: Mapping[str, Any]) -> dict[str, Any]:
    """The study without the places of its extracts."""
    extracts = {
        name: {key: value for key, value in extract.items() if key != "path"} if extract else None
        for name, extract in study.get("extracts", {}).items()
    }
    return {**study, "extracts": extracts}


def released_provenance(provenance: Mapping[str, Any], rules: Rules) -> dict[str, Any]:
    """Versions, hashes and times of the run, without places and names of people."""
    return {name: _scrubbed(provenance[name], rules) for name in PROVENANCE if name in provenance}


def _scrubbed(value: Any, rules: Rules) -> Any:
    if isinstance(value, Mapping):
        return {
            key: _rows(item, rules) if key == "rows" else _scrubbed(item, rules)
            for key, item in value.items()
            if not _PRIVATE_KEY.search(str(key))
        }
    if isinstance(value, list | tuple):
        return [_scrubbed(item, rules) for item in value]
    return None if isinstance(value, str) and _PRIVATE_TEXT.search(value) else value


def _rows(count: Any, rules: Rules) -> Any:
    """Rows of an extract: a number of persons, jobs or spells."""
    if not isinstance(count, int):
        return _scrubbed(count, rules)
    return None if count < rules.min_persons else rounded(count, rules.rounding)


def _notice_values(notice: Notice, persons: float | None, rules: Rules) -> dict[str, Any]:
    return {name: _notice_value(name, value, persons, rules) for name, value in notice.values.items()}


def _notice_value(name: str, value: Any, persons: float | None, rules: Rules) -> Any:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return value
    if name in NOTICE_DESIGN_FIELDS:
        return _digits(value, rules.significant_digits)
    if name == "share":
        told = _share(value, persons, rules)
        return WITHHELD if told is None else told
    return rounded(value, rules.rounding) if value >= rules.min_persons else WITHHELD


def share_leaves(share: float | None, persons: float | None, limit: int) -> bool:
    """Whether a share of so many persons, and its complement, count enough of them."""
    if share is None or persons is None:
        return False
    having = round(share * persons)
    return having >= limit and persons - having >= limit


def dated(document: Mapping[str, Any], period: Period) -> dict[str, Any]:
    """facts.json with periods as readers are shown them; those of years stand as they are."""
    if period == "year":
        return dict(document)
    facts = dict(document["facts"])
    facts |= {name: label(facts[name], period) for name in ("first_year", "last_year") if name in facts}
    if "adoption_years" in facts:
        facts["adoption_years"] = {code: label(number, period) for code, number in facts["adoption_years"].items()}
    return {**document, "facts": facts}
