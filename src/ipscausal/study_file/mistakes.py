"""What pydantic found, turned into mistakes at places of the study file."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from ipscausal.study import Study
from ipscausal.study_file import wording
from ipscausal.study_file.lines import Path


@dataclass(frozen=True, slots=True)
class Mistake:
    """One fault at one path of the study file; `valid` says what could stand there."""

    path: Path
    fault: str
    valid: str = ""


def mistakes(error: ValidationError, data: Mapping[str, Any]) -> list[Mistake]:
    """Every mistake, one per place: the branches pydantic tries for a union are one mistake."""
    found: dict[Path, Mistake] = {}
    for detail in error.errors(include_url=False, include_context=False, include_input=False):
        kind, path = detail["type"], detail["loc"]
        if kind == "value_error":
            for mistake in _contradiction(path, detail["msg"], data):
                found.setdefault((*mistake.path, mistake.fault), mistake)
        else:
            mistake = _mistake(kind, path, data)
            found.setdefault(mistake.path, mistake)
    return list(found.values())


def contradictions(data: Mapping[str, Any], known: list[Mistake]) -> list[Mistake]:
    """Choices that contradict each other, each right in itself, in sections that have other mistakes too.

    pydantic compares choices only in a section without any mistake. Here what stands right is compared
    all the same; a contradiction that rests on a mistaken choice is left out.
    """
    new: list[Mistake] = []
    for name, content in without(data, known).items():
        section = _section_of(Study.model_fields[name])
        if section is None or not isinstance(content, Mapping):
            continue
        built = section.model_construct(**{key: value for key, value in content.items() if key in section.model_fields})
        for validator in section.__pydantic_decorators__.model_validators.values():
            # a required choice that is missing has been reported as such
            with contextlib.suppress(AttributeError):
                try:
                    validator.func(built)
                except ValueError as error:
                    new += _contradiction((name,), str(error), data)
    return [mistake for mistake in new if not any(_rests_on(mistake, old) for old in known)]


def _rests_on(new: Mistake, old: Mistake) -> bool:
    same_section = new.path[:1] == old.path[:1]
    return new == old or (
        same_section and any(str(part) in re.findall(r"[a-z_]+", new.fault) for part in old.path[1:2])
    )


def without(data: Mapping[str, Any], found: list[Mistake]) -> dict[str, Any]:
    """A copy of the file's content with the mistaken keys taken out."""
    paths = {_field_of(mistake.path)[0] for mistake in found}
    return _prune(data, (), paths)


def _prune(data: Mapping[str, Any], at: Path, paths: set[Path]) -> dict[str, Any]:
    return {
        key: _prune(value, (*at, key), paths) if isinstance(value, Mapping) else value
        for key, value in data.items()
        if (*at, key) not in paths
    }


def _mistake(kind: str, loc: Path, data: Mapping[str, Any]) -> Mistake:
    if kind == "missing":
        return Mistake(loc, "missing", f"needed: {wording.expected(wording.field_annotation(_field(loc)))}")
    if kind == "extra_forbidden":
        known = tuple(_model(loc[:-1]).model_fields)
        return Mistake(loc, *wording.unknown_key(str(loc[-1]), known))
    path, value = _walk(loc, data)
    field = _field(path)
    if loc[-1] == "[key]":
        return Mistake(path, *wording.wrong_value(str(path[-1]), field))
    return Mistake(path, *wording.wrong_value(value, field))


def _contradiction(loc: Path, message: str, data: Mapping[str, Any]) -> list[Mistake]:
    """Placed at the first key of the section that the sentence names and the file has."""
    _, section = _walk(loc, data)
    placed = []
    for sentence in message.removeprefix("Value error, ").splitlines():
        named = [word for word in re.findall(r"[a-z_]+", sentence) if isinstance(section, Mapping) and word in section]
        placed.append(Mistake((*loc, *named[:1]), sentence))
    return placed


def _walk(loc: Path, data: Any) -> tuple[Path, Any]:
    """As far as `loc` follows the data: what comes after are pydantic's names of union branches."""
    path: Path = ()
    for part in loc:
        inside = isinstance(data, Mapping) and part in data
        if not inside and not (isinstance(data, tuple) and isinstance(part, int) and part < len(data)):
            break
        data, path = data[part], (*path, part)
    return path, data


def _model(path: Path) -> type[BaseModel]:
    """The section of `Study` at a path of section names."""
    model: type[BaseModel] = Study
    for part in path:
        # a place in a list of sections is no name
        model = model if isinstance(part, int) else _section_of(model.model_fields[str(part)]) or model
    return model


def _section_of(field: FieldInfo) -> type[BaseModel] | None:
    options = (field.annotation, *getattr(field.annotation, "__args__", ()))
    return next((o for o in options if isinstance(o, type) and issubclass(o, BaseModel)), None)


def _field_of(path: Path) -> tuple[Path, FieldInfo | None]:
    """The key of `Study` that a path lies in or below, and its declaration."""
    model: type[BaseModel] | None = Study
    field: FieldInfo | None = None
    for length, part in enumerate(path):
        if isinstance(part, int) and model is not None:
            continue
        if model is None or str(part) not in model.model_fields:
            return (path[:length], field) if model is None else (path, None)
        field = model.model_fields[str(part)]
        model = _section_of(field)
    return path, field


def _field(path: Path) -> FieldInfo:
    field = _field_of(path)[1]
    if field is None:
        raise KeyError(_dotted(path))
    return field


def _dotted(path: Path) -> str:
    return ".".join(part for part in path if isinstance(part, str))
