"""Dates and numbers written as text: read where there is only one way to read them, else empty and counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_MIDNIGHT = r"([T ]00:00(:00([.,]0+)?)?)?$"
# written so -> year-month-day with two digits each; no text fits two of them
_ALWAYS: Mapping[str, str] = {
    r"^(\d{4})-(\d{2})-(\d{2})" + _MIDNIGHT: r"\1\2\3",
    r"^(\d{4})/(\d{2})/(\d{2})" + _MIDNIGHT: r"\1\2\3",
    r"^(\d{2})\.(\d{2})\.(\d{4})" + _MIDNIGHT: r"\3\2\1",
}
# 31JAN2015, as SAS writes a date into a text file
_NAMED = r"^\d{2}[A-Za-z]{3}\d{4}$"
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_SLASHES: Mapping[str | None, Mapping[str, str]] = {
    None: {},
    "day/month": {r"^(\d{2})/(\d{2})/(\d{4})" + _MIDNIGHT: r"\3\2\1"},
    "month/day": {r"^(\d{2})/(\d{2})/(\d{4})" + _MIDNIGHT: r"\3\1\2"},
}
# \10 is the first group and a zero: there are nine groups at most
_ONE_DIGIT = ((r"^(\d)([./])", r"0\1\2"), (r"^(\d{2}[./])(\d)([./])", r"\10\2\3"))
_THOUSANDS = {",": r"^[+-]?[1-9]\d{0,2},\d{3}$", ".": r"^[+-]?[1-9]\d{0,2}\.\d{3}$"}
_MONTH_DAYS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_LAST_DAY = 2_932_896  # 9999-12-31
WRITTEN = "2015-01-31, 20150131 or 31.01.2015"


@dataclass(slots=True)
class DecimalSign:
    """The decimal sign of one file: named by the user, or the first that its numbers show; a file has one.

    doubtful: it was found, and so far every number with it looks like 1,234, which may be thousands.
    """

    sign: str | None = None
    doubtful: bool = False

    def of(self, texts: pa.Array) -> str:
        """The sign to read these numbers with."""
        if self.sign is None:
            has_comma, has_point = (bool(pc.any(pc.match_substring(texts, mark)).as_py()) for mark in ",.")
            self.sign = "," if has_comma else "." if has_point else None
            self.doubtful = self.sign is not None
        if self.doubtful and self.sign is not None:
            decimals = pc.and_not(
                pc.match_substring(texts, self.sign), pc.match_substring_regex(texts, _THOUSANDS[self.sign])
            )
            self.doubtful = not pc.any(decimals).as_py()
        return self.sign or "."


def dates(texts: pa.Array, slashes: str | None) -> pa.Array:
    """Dates written as 2015-01-31, 2015/01/31, 20150131, 31.01.2015 or 31JAN2015 (31/01/2015: in the order named), else
    NULL.
    """
    for pattern, digits in _ONE_DIGIT:
        texts = pc.replace_substring_regex(texts, pattern, digits)
    for pattern, digits in {**_ALWAYS, **_SLASHES[slashes]}.items():
        texts = pc.replace_substring_regex(texts, pattern, digits)
    if pc.any(pc.match_substring_regex(texts, _NAMED)).as_py():
        for number, name in enumerate(_MONTHS, start=1):
            texts = pc.replace_substring_regex(texts, rf"(?i)^(\d{{2}}){name}(\d{{4}})$", rf"\2{number:02d}\1")
    return _days(_digits(texts, 8))


def epoch_days(texts: pa.Array, slashes: str | None) -> pa.Array:
    """Dates of whole numbers of days since 1970-01-01, and of texts as `dates` reads them, else NULL."""
    short = pc.match_substring_regex(texts, r"^-?\d{1,7}$")
    counted = pc.if_else(short, texts, None).cast(pa.int32())
    counted = pc.if_else(pc.less_equal(pc.abs(counted), _LAST_DAY), counted, None)
    return pc.coalesce(counted.cast(pa.date32()), dates(texts, slashes))


def months(texts: pa.Array) -> pa.Array:
    """Months written as 201501 or 2015-01, as whole numbers YYYYMM, else NULL."""
    texts = pc.replace_substring_regex(texts, r"^(\d{4})-(\d{2})$", r"\1\2")
    return _digits(texts, 6).cast(pa.int32())


def whole(texts: pa.Array) -> pa.Array:
    """Whole numbers without a leading zero, else NULL: 007 is a code, and no number."""
    fits = pc.match_substring_regex(texts, r"^(0|-?[1-9]\d{0,17})$")
    return pc.if_else(fits, texts, None).cast(pa.int64())


def numbers(texts: pa.Array, decimal: str) -> pa.Array:
    """Numbers with this decimal sign, else NULL: 1.234,5 has two signs and is none."""
    sign = r"\." if decimal == "." else ","
    fits = pc.match_substring_regex(texts, rf"^[+-]?\d+({sign}\d+)?([eE][+-]?\d+)?$")
    kept = pc.replace_substring_regex(pc.if_else(fits, texts, None), r"^\+", "")
    return pc.replace_substring(kept, decimal, ".").cast(pa.float64())


def _digits(texts: pa.Array, count: int) -> pa.Array:
    fits = pc.match_substring_regex(texts, rf"^\d{{{count}}}$")
    return pc.if_else(fits, texts, None).cast(pa.int64())


def _days(written: pa.Array) -> pa.Array:
    """Dates of YYYYMMDD; NULL where there is no such day."""
    value = written.fill_null(0).to_numpy(zero_copy_only=False)
    year, month, day = value // 10000, value // 100 % 100, value % 100
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    real_month = (month >= 1) & (month <= 12) & (year >= 1)
    last = _MONTH_DAYS[np.where(real_month, month, 0)] + (leap & (month == 2))
    exists = real_month & (day >= 1) & (day <= last)
    first = (12 * (year - 1970) + month - 1).astype("datetime64[M]").astype("datetime64[D]")
    days = first.astype(np.int64) + day - 1
    return pa.array(days.astype(np.int32), pa.int32(), mask=~exists).cast(pa.date32())
