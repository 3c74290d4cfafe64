"""What is wrong with one key, in the words of the study file and never in those of a library.

The valid values are read off the annotations of `Study`, so that a choice added there is
explained here without being listed twice.
"""

from __future__ import annotations

import datetime as dt
import difflib
import json
import types
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo


def quoted(value: object) -> str:
    """A value as it stands in TOML, cut where it is long."""
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, Mapping):
        return "a section"
    if isinstance(value, tuple):
        text = "[" + ", ".join(quoted(element) for element in value) + "]"
    else:
        text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "..."


def expected(annotation: Any) -> str:
    """The valid values of one annotation of `Study`, as a phrase: `"a" or "b"`, `a whole number`."""
    inner, metadata = _unwrap(annotation)
    origin = get_origin(inner)
    if origin is Literal:
        return _either([quoted(value) for value in get_args(inner)])
    if origin in (Union, types.UnionType):
        return _either([expected(option) for option in get_args(inner) if option is not type(None)])
    if origin is tuple:
        return _expected_list(get_args(inner))
    if origin is dict:
        key, value = get_args(inner)
        keys = f" with the keys {expected(key)}" if get_origin(key) is Literal else ""
        return f"a table{keys}, each with {expected(value)}"
    if isinstance(inner, type) and issubclass(inner, BaseModel):
        return "a section with the keys " + ", ".join(inner.model_fields)
    words = {str: "a text in quotes", int: "a whole number", float: "a number", bool: "true or false"}
    words[dt.date] = "a date such as 2026-11-21"
    return words[inner] + _bounds(metadata)


def _unwrap(annotation: Any) -> tuple[Any, tuple[Any, ...]]:
    if get_origin(annotation) is Annotated:
        inner, *metadata = get_args(annotation)
        return inner, tuple(part for item in metadata for part in getattr(item, "metadata", [item]))
    return annotation, ()


def _expected_list(elements: Sequence[Any]) -> str:
    if len(elements) == 2 and elements[1] is Ellipsis:
        return f"a list in [ ], each element {expected(elements[0])}"
    return f"a list of {len(elements)}, each {expected(elements[0])}"


def _bounds(metadata: Sequence[Any]) -> str:
    phrases = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
    parts = [
        f"{phrase} {getattr(item, name)}"
        for name, phrase in phrases.items()
        for item in metadata
        if getattr(item, name, None) is not None
    ]
    parts += [
        "letters, digits, . _ - only" for item in metadata if getattr(item, "pattern", "") and "._-" in item.pattern
    ]
    parts += ["two capital letters" for item in metadata if getattr(item, "pattern", "") == r"^[A-Z]{2}$"]
    parts += ["not empty" for item in metadata if getattr(item, "min_length", None) == 1]
    return f" ({', '.join(parts)})" if parts else ""


def _either(options: Sequence[str]) -> str:
    return options[0] if len(options) == 1 else ", ".join(options[:-1]) + " or " + options[-1]


def choices(annotation: Any) -> tuple[str, ...]:
    """The texts an annotation lists, through lists and unions; empty where any text will do."""
    inner, _ = _unwrap(annotation)
    if get_origin(inner) is Literal:
        return tuple(value for value in get_args(inner) if isinstance(value, str))
    return tuple(text for option in get_args(inner) if option is not Ellipsis for text in choices(option))


def did_you_mean(word: object, known: Sequence[str]) -> str:
    """`; did you mean "x"?` for the closest known word, or nothing."""
    if not isinstance(word, str):
        return ""
    folded = {known_word.lower(): known_word for known_word in known}
    close = difflib.get_close_matches(word.lower().replace("_", " "), [k.replace("_", " ") for k in folded], n=1)
    found = next((name for key, name in folded.items() if close and key.replace("_", " ") == close[0]), None)
    return f'; did you mean "{found}"?' if found else ""


def wrong_value(value: object, field: FieldInfo) -> tuple[str, str]:
    """(fault, valid values) for a value its field does not take."""
    annotation = field_annotation(field)
    options = choices(annotation)
    offending = [item for item in value if item not in options] if isinstance(value, tuple) else [value]
    hint = "".join(did_you_mean(item, options) for item in offending[:1]) if options else ""
    return f"{quoted(value)} is not valid here", f"valid: {expected(annotation)}{hint}"


def unknown_key(name: str, known: Sequence[str]) -> tuple[str, str]:
    """(fault, valid keys) for a key the section does not have."""
    return "unknown key", "valid keys here: " + ", ".join(known) + did_you_mean(name, known)


def field_annotation(field: FieldInfo) -> Any:
    """The annotation with its bounds, which pydantic keeps apart."""
    return Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
