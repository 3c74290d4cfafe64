"""Catalogue: every sentence by key, with named numbers formatted by the sentence itself.

Format specifications understood inside `{name:spec}`:
    int  0..4  +0..+4      whole number; decimals; decimals with sign
    percent  percent1      a share as percent
    alpha                  a confidence level as the size of its test (0.95 -> 5 percent)
    p  p=                  a p-value or a floor of one; with its relation, "= 0.36" or "< 0.001"
    plain                  whole, with one decimal only where there is a fraction
    year                   digits without a thousands separator
    period                 a period of the panel: 2016, or 2016Q1 where the catalogue is told by quarter
    word                   a small whole number in words
    one|SINGULAR|PLURAL    the word that fits the number
    list  date             a sequence; an ISO date
None is a dash; a text stands as it is (a withheld number is the text ":").
"""

from __future__ import annotations

import copy
import datetime as dt
import functools
import re
import string
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import resources
from typing import Any, Literal, get_args

from ipscausal.errors import IpsError
from ipscausal.language.numbers import MISSING, NO_BREAK_SPACE, WITHHELD, NumberStyle
from ipscausal.periods import Period, label

Language = Literal["en", "nb", "nn"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
_BEFORE_P_VALUE = re.compile(r"(?<=\bp) (?=\{\w+:p=\})")
"""The space that would let a line end between p and its value."""
_AGES = re.compile(r"\d{1,3}-\d{1,3}")


class _Wording(string.Formatter):
    """`str.format` whose specifications follow a `NumberStyle`."""

    def __init__(self, style: NumberStyle, period: Period) -> None:
        self._style = style
        self._named: dict[str, Callable[[Any], str]] = {
            "int": lambda value: style.number(value, 0),
            "percent": style.percent,
            "percent1": lambda value: style.percent(value, 1),
            "alpha": lambda value: style.percent(1 - value),
            "p": style.p_value,
            "p=": style.p_relation,
            "plain": lambda value: style.number(value, 0 if float(value).is_integer() else 1),
            "year": lambda value: str(int(value)),
            "period": lambda value: label(int(value), period),
            "word": lambda value: style.word(int(value)),
            "list": style.listed,
            "date": lambda value: style.day(dt.date.fromisoformat(str(value)[:10])),
        }

    def format_field(self, value: Any, format_spec: str) -> str:
        if value is None:
            return MISSING
        if isinstance(value, str) and format_spec != "date":
            return value
        if format_spec in self._named:
            return self._named[format_spec](value)
        if format_spec.startswith("one|"):
            singular, plural = format_spec.split("|")[1:]
            return singular if value == 1 else plural
        if format_spec.startswith("+") and format_spec[1:].isdigit():
            return self._style.signed(value, int(format_spec[1:]))
        if format_spec.isdigit():
            return self._style.number(value, int(format_spec))
        if format_spec == "":
            return str(value)
        raise IpsError(f"language: unknown format {format_spec!r}")


class Catalogue:
    """The texts of one language."""

    def __init__(self, language: str, entries: Mapping[str, Any]) -> None:
        self.language = language
        self._texts = flatten(entries)
        self.called: Mapping[str, Sequence[tuple[str, str]]] = entries.get("called", {})
        """By the noun said, its forms: as written, as said."""
        shape = entries["format"]
        self.style = NumberStyle(
            decimal=shape["decimal"], thousands=shape["thousands"], percent_gap=shape["percent_gap"],
            to=shape["to"], conjunction=shape["conjunction"], date=shape["date"],
            words=tuple(shape["words"]), months=tuple(shape["months"]),
        )  # fmt: skip
        self.period: Period = "year"
        self._wording = _Wording(self.style, self.period)

    @property
    def keys(self) -> tuple[str, ...]:
        """Every key, dotted."""
        return tuple(self._texts)

    def extended(self, texts: Mapping[str, str]) -> Catalogue:
        """The same texts and more, such as the names a study gives; what is known already stays."""
        more = copy.copy(self)
        more._texts = {**texts, **self._texts}
        return more

    def reworded(self, texts: Mapping[str, str]) -> Catalogue:
        """The same texts with these in place of those of the same keys."""
        other = copy.copy(self)
        other._texts = {**self._texts, **texts}
        return other

    def by(self, period: Period, texts: Mapping[str, str]) -> Catalogue:
        """`reworded`, and periods are written as those of a panel that is counted by this one."""
        other = self.reworded(texts)
        other.period, other._wording = period, _Wording(self.style, period)
        return other

    def period_name(self, number: int) -> str:
        """A period of the panel as readers are shown it: 2016, or 2016Q1."""
        return label(number, self.period)

    def raw(self, key: str) -> str:
        """The text with its placeholders. Raises IpsError for an unknown key."""
        try:
            return self._texts[key]
        except KeyError:
            raise IpsError(f"language: the {self.language} catalogue has no text {key!r}") from None

    def has(self, key: str) -> bool:
        """Whether the catalogue holds the key (names that come from the data may be absent)."""
        return key in self._texts

    def text(self, key: str, **values: Any) -> str:
        """The text with its numbers. Raises IpsError for an unknown key or a value that lacks."""
        try:
            return self._wording.vformat(_BEFORE_P_VALUE.sub(NO_BREAK_SPACE, self.raw(key)), (), values)
        except KeyError as missing:
            raise IpsError(f"language: text {key!r} needs the value {missing}") from None

    def notice(self, code: str, values: Mapping[str, Any]) -> str:
        """The sentence of a `results.Notice`; another where its number is withheld or does not exist."""
        withheld = f"notice.{code}_withheld"
        if WITHHELD in values.values() and self.has(withheld):
            return self.text(withheld, **values)
        without = f"notice.{code}_without"
        if None in values.values() and self.has(without):
            return self.text(without, **values)
        return self.text(f"notice.{code}", **values)

    def name(self, group: str, code: str) -> str:
        """The name of a code from the data (benefit, covariate), or the code where none is known; ages with a dash."""
        key = f"{group}.{code}"
        if group == "subgroup" and _AGES.fullmatch(code):
            return code.replace("-", "–")
        return self.raw(key) if self.has(key) else code

    def name_of(self, group: str, code: str, part: str) -> str:
        """One wording of a code that has several (name, unit, axis), or the code where none is known."""
        key = f"{group}.{code}.{part}"
        return self.raw(key) if self.has(key) else code


def flatten(entries: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Nested tables as dotted keys; lists (words, months) are left out."""
    texts: dict[str, str] = {}
    for key, value in entries.items():
        if isinstance(value, Mapping):
            texts |= flatten(value, f"{prefix}{key}.")
        elif isinstance(value, str):
            texts[prefix + key] = value
        elif not isinstance(value, Sequence):
            raise IpsError(f"language: {prefix}{key} is neither a text nor a list")
    return texts


def merged(parts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Nested tables of several files as one. Raises IpsError for a text that two files give."""
    whole: dict[str, Any] = {}
    for part in parts:
        _merge(whole, part, "")
    return whole


def _merge(whole: dict[str, Any], part: Mapping[str, Any], prefix: str) -> None:
    for key, value in part.items():
        if isinstance(value, Mapping) and isinstance(whole.setdefault(key, {}), dict):
            _merge(whole[key], value, f"{prefix}{key}.")
        elif key in whole:
            raise IpsError(f"language: {prefix}{key} is given twice")
        else:
            whole[key] = value


@functools.cache
def catalogue(language: str) -> Catalogue:
    """The catalogue of a language in `LANGUAGES`. Raises IpsError for another."""
    if language not in LANGUAGES:
        raise IpsError(f"language: {language!r} is not one of {', '.join(LANGUAGES)}")
    folder = resources.files("ipscausal.language").joinpath(language)
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    return Catalogue(language, merged(tomllib.loads(file.read_text(encoding="utf-8")) for file in files))
