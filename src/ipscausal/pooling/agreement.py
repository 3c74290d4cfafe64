"""Whether registries define everything alike: each section of the study, each SQL model, what is delivered."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from ipscausal.analysis import needed
from ipscausal.pooling.member import Member
from ipscausal.study import MUNICIPALITY_TYPE, PRIOR_WORK, Study

# names, paths, languages and lists of municipalities may differ; person rows stay where they are
_OWN_SECTIONS = ("schema_version", "study", "extracts", "report", "verify")
_SHORT = 12  # characters of a digest
_MOST = 3  # members whose value is written out for one key


def section_digests(study: Study) -> dict[str, str]:
    """SHA-256 of what must agree, by section of the study."""
    return {name: hashlib.sha256(_text(section).encode()).hexdigest() for name, section in _shared(study).items()}


def differences(members: Sequence[Member]) -> tuple[str, ...]:
    """A line for each definition in which not all members agree, with what they say; none where all agree."""
    found: list[str] = []
    shared = [_shared(member.study) for member in members]
    for section in dict.fromkeys(name for one in shared for name in one):
        flat = [_flat(section, one.get(section)) for one in shared]
        for key in dict.fromkeys(key for one in flat for key in one):
            found += _differing(key, members, [_text(one.get(key)) for one in flat])
    found += _differing("first start", members, [_first_start(member) for member in members])
    for name in sorted({name for member in members for name in member.sql}):
        if len({member.sql.get(name) for member in members}) > 1:
            found.append(f"SQL model {name}: not the same in all; the members were counted by different versions")
    if any(member.study.outcome.prices_of is not None for member in members):
        # the one delivered table that defines an outcome and tells of no person or place
        files = [f"file {member.inputs.get('price_index', 'none')[:_SHORT]}" for member in members]
        found += _differing("extracts.price_index", members, files)
    if len({(member.study.outcome.country, member.population.years) for member in members}) == 1:
        calendars = [f"calendar {member.calendar[:_SHORT]}" for member in members]
        found += _differing("public holidays (another version of the package holidays)", members, calendars)
    found += _differing("years counted", members, [_text(member.population.years) for member in members])
    found += _differing("covariates", members, [_text(_kinds(member)) for member in members])
    return tuple(found)


def _differing(key: str, members: Sequence[Member], said: Sequence[str]) -> list[str]:
    """One line where not all say the same, the first member of each value named."""
    first: dict[str, str] = {}
    for member, value in zip(members, said, strict=True):
        first.setdefault(value, member.label)
    if len(first) < 2:
        return []
    told = [f"{value} in {label}" for value, label in list(first.items())[:_MOST]]
    return [f"{key}: {', '.join(told)}{', ...' if len(first) > _MOST else ''}"]


def _shared(study: Study) -> dict[str, Any]:
    """The study without what belongs to one registry, and which optional tables it delivers."""
    document = {name: value for name, value in study.model_dump(mode="json").items() if name not in _OWN_SECTIONS}
    design = document["design"]
    design.pop("comparison_municipalities")
    if design["treated"] != "rollout":
        design["treated"] = "listed"
    skipped = {check.label for check in needed(study)}
    kept = [check for check in study.sensitivity if check.label not in skipped]
    document["sensitivity"] = [check.model_dump(mode="json") for check in kept]
    if study.outcome.days != "working days":  # the country decides holidays and nothing else that is counted
        document["outcome"].pop("country")
    document["extracts"] = {name: extract is not None for name, extract in study.extracts}
    return document


def _first_start(member: Member) -> str:
    """The year before which a cohort, a home or earlier work are fixed, where the study fixes any of them."""
    study = member.study
    decides = (
        study.population.receipt == "baseline cohort"
        or study.population.residence == "before rollout"
        or {PRIOR_WORK, MUNICIPALITY_TYPE} & set(study.heterogeneity.by)
    )
    return str(member.population.units.first_start) if decides else "any"


def _kinds(member: Member) -> dict[str, str]:
    names = member.study.design.covariates
    return {names[place - 1]: kind for place, kind in member.population.covariate_kinds.items()}


def _flat(key: str, value: object) -> dict[str, object]:
    """Dotted keys and their values; lists are values."""
    if not isinstance(value, Mapping):
        return {key: value}
    return {path: one for name, inner in value.items() for path, one in _flat(f"{key}.{name}", inner).items()}


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True)
