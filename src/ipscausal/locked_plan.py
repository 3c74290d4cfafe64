"""The plan as it was locked, and what a run does otherwise.

`lock` writes `study.locked.toml` beside the study file: every choice with its defaults filled in, the day, and a hash
of both. A run of a study whose plan is locked or amended is compared with it key by key.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import importlib.metadata
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ipscausal.errors import StudyError, UsageError
from ipscausal.study import Study

SUFFIX = ".locked.toml"
_HEAD = """# Plan of the study {id}, locked {date} by ipscausal {version}. Not to be edited: a run stops
# where the hash is not that of the choices. What the study file changes is reported as a deviation.
"""
# what moves no number: names, languages, words and where a table lies
_WORDS = re.compile(
    r"(?:schema_version|study|report|verify|target_trial|statements|second_population\.name)(?:\.|$)"
    r"|extracts\.\w+\.(?:path|extracted)$|sensitivity\..*\.name$|outcome\.currency$|outcome\.define\..*\.(?:name$|title(?:\.|$))"
)
_BARE = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class LockedPlan:
    """The study as it was planned. sha256: of the day and every choice, as `lock` prints it for a register."""

    study: Study
    locked: dt.date
    sha256: str
    version: str


@dataclass(frozen=True, slots=True)
class Deviation:
    """A choice that is not as planned, as it stands in TOML; empty where the one or the other does not have it.

    date: of the amendment that explains it, else of the run. reason: empty where none is given.
    """

    key: str
    planned: str
    used: str
    date: str
    reason: str


def beside(study_file: Path) -> Path:
    """Where the lock of a study file lies."""
    return study_file.with_name(study_file.stem + SUFFIX)


def lock(study: Study, study_file: Path, day: dt.date) -> Path:
    """Write the lock beside the study file. Raises UsageError where there is one: a plan is locked once."""
    path, version = beside(study_file), importlib.metadata.version("ipscausal")
    choices = _without_none(study.model_dump(mode="json"))
    # what says that the plan is locked, and why it was changed, comes after it
    choices["study"].pop("plan")
    head = _HEAD.format(id=study.study.id, date=day.isoformat(), version=version)
    about = {"date": day.isoformat(), "version": version, "sha256": _digest(day.isoformat(), choices)}
    text = f"{head}\n[lock]\n{_lines(about)}\n[choices]\n{_lines(choices)}"
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(
            f"{path.name}: this plan is locked already ({read_lock(path).locked.isoformat()})",
            remedy="a plan is locked once: change the study file and every run reports what differs; "
            "to begin anew, move the file away yourself",
        ) from None
    except OSError as error:
        raise UsageError(f"{path.name}: cannot be written ({error.strerror})", remedy="check the folder") from None
    return path


def plan_beside(study: Study, study_file: str | Path) -> LockedPlan | None:
    """The lock of a study whose plan is locked or amended; None for a draft.

    Raises StudyError where the lock is missing or edited, is of another study, an amendment does not fit it, or groups
    that were not planned would be told as declared.
    """
    if study.study.plan.status == "draft":
        return None
    path = beside(Path(study_file))
    plan = read_lock(path)
    if plan.study.study.id != study.study.id:
        raise StudyError(
            f"{path.name}: the lock of another study ({plan.study.study.id})",
            remedy=f"put the lock of {study.study.id} there, or give the study file beside its own lock",
        )
    _require_fitting(study, plan, path.name)
    return plan


def require_plan(study: Study, plan: LockedPlan | None) -> None:
    """Raises StudyError for a plan that is called locked and has no lock to be compared with."""
    if plan is None and study.study.plan.status != "draft":
        raise StudyError(
            f'plan.status = "{study.study.plan.status}" without the lock of the plan',
            remedy="give it: ips.run(study, extracts, out, plan=ips.plan_beside(study, study_file))",
        )


def read_lock(path: Path) -> LockedPlan:
    """A lock as it was written. Raises StudyError where it is missing, edited or of another version's keys."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise StudyError(
            f"{path.name}: there is no such lock, and the study file says that its plan is locked",
            remedy="lock it with `ipscausal lock --study FILE` before the outcomes are seen, "
            'or set plan.status = "draft"',
        ) from None
    except (OSError, ValueError):
        raise _edited(path.name) from None
    about, choices = document.get("lock"), document.get("choices")
    if not isinstance(about, dict) or not isinstance(choices, dict):
        raise _edited(path.name)
    if about.get("sha256") != _digest(str(about.get("date")), choices):
        raise _edited(path.name)
    try:
        study, day = Study.model_validate(choices), dt.date.fromisoformat(str(about["date"]))
    except (ValidationError, ValueError):
        raise StudyError(
            f"{path.name}: locked by ipscausal {about.get('version')}, whose study files this version does not read",
            remedy="run the study with the version that locked it",
        ) from None
    return LockedPlan(study, day, str(about["sha256"]), str(about.get("version")))


def deviations(study: Study, plan: LockedPlan, run: dt.date) -> tuple[Deviation, ...]:
    """Every choice that may move a number and is not as planned, by key. run: the day of the run."""
    amendments = study.study.plan.amendment
    of_key = {key: one for one in amendments for key in one.changes}
    others = next((one for one in amendments if not one.changes), None)
    found = []
    for key, (planned, used) in _differing(study, plan).items():
        amended = of_key.get(key, others)
        day, reason = (run, "") if amended is None else (amended.date, amended.reason)
        found.append(Deviation(key, planned, used, day.isoformat(), reason))
    return tuple(found)


def facts(study: Study, plan: LockedPlan | None, run: dt.date) -> dict[str, Any]:
    """The facts of a run about its plan; none for a draft."""
    if plan is None:
        return {}
    about = {"locked": plan.locked.isoformat(), "sha256": plan.sha256, "version": plan.version}
    return {"plan": about, "deviations": [asdict(one) for one in deviations(study, plan, run)]}


def _differing(study: Study, plan: LockedPlan) -> dict[str, tuple[str, str]]:
    planned, used = choices_of(plan.study), choices_of(study)
    keys = dict.fromkeys((*planned, *used))
    pairs = {key: (planned.get(key, ""), used.get(key, "")) for key in keys}
    return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}


def choices_of(study: Study) -> dict[str, str]:
    """Every choice that may move a number, by dotted key, as it stands in TOML."""
    flat = _flat(_without_none(study.model_dump(mode="json")), "")
    return {key: text for key, text in flat.items() if not _WORDS.match(key)}


def _flat(value: Any, key: str) -> dict[str, str]:
    """Tables by their keys; tables of a list by what each is called."""
    if isinstance(value, Mapping) and value:
        inside = {f"{key}.{name}" if key else name: item for name, item in value.items()}
    elif isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
        inside = {f"{key}.{item.get('name') or item.get('check') or place}": item for place, item in enumerate(value)}
        if len(inside) < len(value):
            inside = {f"{key}.{place}": item for place, item in enumerate(value, start=1)}
    else:
        return {key: _toml(value)}
    return {name: text for at, item in inside.items() for name, text in _flat(item, at).items()}


def _require_fitting(study: Study, plan: LockedPlan, name: str) -> None:
    differing = _differing(study, plan)
    amendments = study.study.plan.amendment
    problems = [
        f"plan.amendment of {one.date.isoformat()}: {key} is as it was planned, or is no key that moves a number"
        for one in amendments
        for key in one.changes
        if key not in differing
    ]
    problems += [
        f"plan.amendment of {one.date.isoformat()}: before the plan was locked, {plan.locked.isoformat()}"
        for one in amendments
        if one.date < plan.locked
    ]
    # groups that a locked plan names are told as declared beforehand
    added = set(study.heterogeneity.by) - set(plan.study.heterogeneity.by)
    if added and study.study.plan.status == "locked":
        problems.append(f'heterogeneity.by: {", ".join(sorted(added))} was not planned; set plan.status = "amended"')
    if problems:
        raise StudyError(
            f"the study file does not fit {name}", problems=tuple(problems), remedy="correct what is listed"
        )


def _edited(name: str) -> StudyError:
    return StudyError(
        f"{name}: the lock has been edited since it was written",
        remedy="put the file back as `ipscausal lock` wrote it; a change of the plan belongs in the study file",
    )


def _digest(day: str, choices: Mapping[str, Any]) -> str:
    text = json.dumps([day, choices], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _without_none(value: Any) -> Any:
    """TOML has no null: what is not chosen is not there."""
    if isinstance(value, Mapping):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    return [_without_none(item) for item in value] if isinstance(value, list) else value


def _lines(table: Mapping[str, Any], above: str = "") -> str:
    """A table as lines of dotted keys."""
    text = ""
    for name, value in table.items():
        key = above + (name if _BARE.fullmatch(name) else _toml(name))
        text += _lines(value, f"{key}.") if isinstance(value, Mapping) and value else f"{key} = {_toml(value)}\n"
    return text


def _toml(value: Any) -> str:
    """A value as TOML writes it on one line."""
    if isinstance(value, Mapping):
        inside = (f"{name if _BARE.fullmatch(name) else _toml(name)} = {_toml(item)}" for name, item in value.items())
        return "{" + ", ".join(inside) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    # texts, numbers and truth are written alike, but for one character
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
