"""What becomes of one delivered column: its type by the contract, its values piece by piece, and what did not fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ipscausal.convert import dates
from ipscausal.convert.choices import Choices
from ipscausal.convert.dates import DecimalSign
from ipscausal.convert.delivered import ARROW, RawColumn
from ipscausal.extracts.tables import ACCEPTED, Column

_EXACT = 2**53
_TEXT, _WHOLE, _NUMBER, _DATE = pa.string(), pa.int64(), pa.float64(), pa.date32()
Cast = Callable[[pa.Array], pa.Array]


@dataclass(slots=True)
class Conversion:
    """One column on its way. refused: why no value of it can be taken. unfit: values so far that are not `wanted`."""

    raw: RawColumn
    name: str
    type: pa.DataType
    cast: Cast
    wanted: str = ""
    refused: str = ""
    unfit: int = 0

    def convert(self, values: pa.Array) -> pa.Array:
        """The values as the column's type; what does not fit is empty and counted."""
        if self.raw.kind == "text":
            values = _trimmed(values)
        converted = self.cast(values)
        self.unfit += converted.null_count - values.null_count
        return converted

    def problem(self) -> str:
        """What keeps this column from being converted, in words, once every value was seen."""
        if self.refused:
            return self.refused
        if not self.unfit:
            return ""
        values = "1 value is" if self.unfit == 1 else f"{self.unfit} values are"
        return f"column {self.name!r}: {values} not {self.wanted}"


def conversion(
    raw: RawColumn, name: str, declared: Column | None, decimal: DecimalSign, choices: Choices
) -> Conversion:
    """How a column is converted. declared: its column of the contract, None for one that the contract does not know."""
    if choices.labels == "labels" and raw.labels and (declared is None or declared.kind in ("category", "covariate")):
        return Conversion(raw, name, _TEXT, _labels(raw.labels))
    kind = "covariate" if declared is None else declared.kind
    if kind == "covariate":
        if raw.name in choices.numbers or name in choices.numbers:
            return _number(raw, name, decimal)
        return Conversion(raw, name, ARROW[raw.kind], _as_it_is)
    if kind == "person":
        return _person(raw, name, choices)
    if kind == "code":
        return _code(raw, name, choices)
    accepted = ACCEPTED[kind]
    if kind == "period" and raw.kind not in ("integer", "number"):
        return Conversion(raw, name, ARROW[raw.kind], _as_it_is)
    if "date" in accepted and kind != "period":
        return _date(raw, name, choices)
    if kind == "month" or (kind == "period" and raw.months):
        return _month(raw, name)
    if kind == "year":
        return _whole(raw, name)
    if "number" in accepted:
        return _number(raw, name, decimal)
    return Conversion(raw, name, _TEXT, _as_it_is) if raw.kind == "text" else _whole(raw, name)


def _person(raw: RawColumn, name: str, choices: Choices) -> Conversion:
    if raw.kind == "text" and choices.person != "integer":
        return Conversion(raw, name, _TEXT, _as_it_is)
    made = _whole(raw, name, "a whole number without leading zeros (text keeps them: leave --person out)")
    if choices.person == "text":
        made.type, cast = _TEXT, made.cast
        made.cast = lambda values: cast(values).cast(_TEXT)
    return made


def _code(raw: RawColumn, name: str, choices: Choices) -> Conversion:
    if raw.kind == "text":
        return Conversion(raw, name, _TEXT, _as_it_is)
    digits = raw.digits or choices.code_digits
    made = _whole(raw, name)
    if digits is None and not made.refused:
        made.refused = (
            f"column {name!r}: municipality codes delivered as numbers have lost their leading zeros (0301 became "
            "301); say how many digits they have with --code-digits"
        )
    made.type, whole, width = _TEXT, made.cast, digits or 0
    made.wanted = f"a whole number of at most {width} digits"
    made.cast = lambda values: _padded(whole(values), width)
    return made


def _date(raw: RawColumn, name: str, choices: Choices) -> Conversion:
    if raw.kind == "date":
        return Conversion(raw, name, _DATE, _as_it_is)
    if raw.kind == "timestamp":
        return Conversion(raw, name, _DATE, _midnights, "a date without a time of day")
    slashes = choices.slashes
    if choices.dates == "epoch days":
        wanted = f"a number of days since 1970-01-01, or a date written as {dates.WRITTEN}"
        return _of_texts(raw, name, lambda texts: dates.epoch_days(texts, slashes), wanted)
    if raw.kind == "text":
        wanted = f"a date written as {dates.WRITTEN} (03/04/2015 needs --slashes; texts for empty need --missing)"
    else:
        wanted = (
            "a date written as 20150131 (days counted from a year need the format of a date, given where the file was "
            'made; days since 1970-01-01 need dates = "epoch days" in the study file)'
        )
    return _of_texts(raw, name, lambda texts: dates.dates(texts, slashes), wanted)


def _of_texts(raw: RawColumn, name: str, read: Cast, wanted: str) -> Conversion:
    """A column of dates that are written, as texts or as whole numbers."""
    if raw.kind == "text":
        return Conversion(raw, name, _DATE, read, wanted)
    whole = _whole(raw, name).cast
    return Conversion(raw, name, _DATE, lambda values: read(whole(values).cast(_TEXT)), wanted)


def _month(raw: RawColumn, name: str) -> Conversion:
    month = pa.int32()
    if raw.kind == "text":
        return Conversion(raw, name, month, dates.months, "a month written as 201501 or 2015-01")
    if raw.kind in ("date", "timestamp"):
        return Conversion(raw, name, month, _year_month)
    made = _whole(raw, name)
    whole = made.cast
    made.type = month
    made.cast = (lambda values: _stata_month(whole(values))) if raw.months else lambda values: _fitting(whole(values))
    return made


def _number(raw: RawColumn, name: str, decimal: DecimalSign) -> Conversion:
    if raw.kind == "text":
        wanted = "a number with the decimal sign of this file (--decimal names it; texts for empty need --missing)"
        return Conversion(raw, name, _NUMBER, lambda values: dates.numbers(values, decimal.of(values)), wanted)
    if raw.kind in ("date", "timestamp"):
        return Conversion(raw, name, _NUMBER, _as_it_is, refused=f"column {name!r} is a date where a number belongs")
    return Conversion(raw, name, _NUMBER, lambda values: values.cast(_NUMBER))


def _whole(raw: RawColumn, name: str, wanted: str = "a whole number") -> Conversion:
    if raw.kind == "text":
        return Conversion(raw, name, _WHOLE, dates.whole, wanted)
    if raw.kind in ("date", "timestamp"):
        refused = f"column {name!r} is a date where a whole number or a text belongs"
        return Conversion(raw, name, _WHOLE, _as_it_is, refused=refused)
    if raw.kind == "integer":
        return Conversion(raw, name, _WHOLE, _as_it_is)
    return Conversion(raw, name, _WHOLE, _exact, "a whole number of at most 15 digits (longer ones lose digits)")


def _as_it_is(values: pa.Array) -> pa.Array:
    return values


def _trimmed(values: pa.Array) -> pa.Array:
    trimmed = pc.utf8_trim_whitespace(values)
    return pc.if_else(pc.equal(trimmed, ""), None, trimmed)


def _labels(labels: Mapping[float, str]) -> Cast:
    """Labels for codes; a value without a label is written as its code."""

    def label(value: object) -> str | None:
        if value is None:
            return None
        known = labels.get(value)  # type: ignore[call-overload]
        return str(known) if known is not None else f"{value:g}" if isinstance(value, float) else str(value)

    def cast(values: pa.Array) -> pa.Array:
        coded = values.dictionary_encode()
        words = pa.array([label(value) for value in coded.dictionary.to_pylist()], _TEXT)
        return words.take(coded.indices)

    return cast


def _exact(values: pa.Array) -> pa.Array:
    """Whole numbers of a float column; what is not whole, or too large to be told from its neighbour, is empty."""
    numbers = values.to_numpy(zero_copy_only=False)
    with np.errstate(invalid="ignore"):
        fits = np.isfinite(numbers) & (np.floor(numbers) == numbers) & (np.abs(numbers) < _EXACT)
    return pa.array(np.where(fits, numbers, 0).astype(np.int64), _WHOLE, mask=~fits)


def _fitting(values: pa.Array) -> pa.Array:
    return pc.if_else(pc.less(pc.abs(values), 1_000_000), values, None).cast(pa.int32())


def _padded(values: pa.Array, width: int) -> pa.Array:
    text = pc.utf8_lpad(pc.if_else(pc.greater_equal(values, 0), values, None).cast(_TEXT), width, "0")
    return pc.if_else(pc.equal(pc.utf8_length(text), width), text, None)


def _midnights(values: pa.Array) -> pa.Array:
    days = values.cast(_DATE, safe=False)
    return pc.if_else(pc.equal(days.cast(values.type), values), days, None)


def _year_month(values: pa.Array) -> pa.Array:
    return pc.add(pc.multiply(pc.year(values), 100), pc.month(values)).cast(pa.int32())


def _stata_month(values: pa.Array) -> pa.Array:
    """YYYYMM of months since January 1960."""
    since = values.fill_null(0).to_numpy(zero_copy_only=False)
    year, month = np.divmod(since, 12)
    made = pa.array((1960 + year) * 100 + month + 1, _WHOLE, mask=values.is_null().to_numpy(zero_copy_only=False))
    return _fitting(made)
