"""Text files converted in columns and pieces hold what a reading cell by cell finds, or count the same misfits."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import tempfile
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ipscausal.convert import Choices, convert
from ipscausal.errors import ExtractError

COLUMNS = ("person_id", "start_date", "position_pct", "employer_id")
letters = st.characters(codec="latin-1", blacklist_characters='\r\n\x00"')
ids = st.one_of(st.from_regex(r"\A0{0,3}[0-9]{1,6}\Z"), st.text(letters, max_size=6))
days = st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31))
writings = st.sampled_from(["%Y-%m-%d", "%Y%m%d", "%d.%m.%Y", "%Y-%m-%d 00:00:00", " %Y-%m-%d "])
odd_days = st.sampled_from(
    ["2015-02-30", "20151301", "31.04.2015", "1.2.2015", "0000-00-00", "16000", "03/04/2015", "nå"]
)
dates = st.one_of(st.builds(dt.date.strftime, days, writings), days.map(str), st.just(""), days.map(str), odd_days)
odd_numbers = st.sampled_from(["1.000,5", "12%", "1e2", "+5", "-3", " 7 ", ".5", "5,", "NaN", "1 000"])
wholes = st.integers(0, 120).map(str)
numbers = st.one_of(wholes, wholes, st.just(""), st.decimals(0, 100, places=2).map(str), odd_numbers)


def day_of(text: str) -> dt.date | None:
    """None where the text is no day in any of the ways that leave no doubt."""
    text = re.sub(r"[T ]00:00(:00(\.0+)?)?$", "", text)
    dotted = re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", text)
    plain = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})|(\d{4})(\d{2})(\d{2})", text)
    parts = dotted.groups()[::-1] if dotted else [part for part in plain.groups() if part] if plain else None
    try:
        return None if parts is None else dt.date(*map(int, parts))
    except ValueError:
        return None


def number_of(text: str, sign: str) -> float | None:
    found = re.fullmatch(rf"[+-]?\d+({re.escape(sign)}\d+)?([eE][+-]?\d+)?", text)
    return float(text.replace(sign, ".")) if found else None


def expected(rows: list[tuple[str, ...]]) -> tuple[dict[str, list[Any]], dict[str, int]]:
    """Columns as they should be, and how many cells of each are neither empty nor readable."""
    cells = {name: [row[i].strip() for row in rows] for i, name in enumerate(COLUMNS)}
    sign = "," if any("," in text for text in cells["position_pct"]) else "."
    readers = {"start_date": day_of, "position_pct": lambda text: number_of(text, sign)}
    columns, misfits = {}, {}
    for name, texts in cells.items():
        read = readers.get(name, str)
        columns[name] = [read(text) if text else None for text in texts]
        misfits[name] = sum(bool(text) and value is None for text, value in zip(texts, columns[name], strict=True))
    return columns, {name: count for name, count in misfits.items() if count}


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    rows=st.lists(st.tuples(ids, dates, numbers, ids), min_size=1, max_size=8),
    separator=st.sampled_from(";,\t|"), encoding=st.sampled_from(["utf-8", "utf-8-sig", "latin-1"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), ending=st.sampled_from(["\n", "\r\n"]),
)  # fmt: skip
def test_columns_are_those_of_a_plain_reading(
    rows: list[tuple[str, ...]], separator: str, encoding: str, quoting: Any, ending: str
) -> None:
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=separator, quoting=quoting, lineterminator=ending).writerows([COLUMNS, *rows])
    columns, misfits = expected(rows)
    with tempfile.TemporaryDirectory() as name:
        source, out = Path(name) / "jobs.csv", Path(name) / "out"
        source.write_bytes(written.getvalue().encode(encoding))
        # what is written as latin-1 may be other UTF-8 by chance
        choices = Choices(encoding=encoding, separator=separator)
        if misfits:
            with pytest.raises(ExtractError) as refused:
                convert(source, out, "employment", None, choices, lambda *_: None)
            told = [re.search(r"column '(\w+)': (\d+) value", problem) for problem in refused.value.problems]
            assert {found[1]: int(found[2]) for found in told if found} == misfits
            return
        convert(source, out, "employment", None, choices, lambda *_: None)
        assert pq.read_table(out / "jobs.parquet").to_pydict() == columns
