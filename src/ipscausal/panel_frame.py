"""A data frame of municipality-years, checked whole, as the arrays of a `Panel`."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ipscausal.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]


def read_cells(
    frame: pd.DataFrame,
    *,
    municipality: str,
    year: str,
    outcome: str,
    adoption: str | None,
    persons: str | None,
    weights: str | None,
    within_variance: str | None,
    mean_covariance: Mapping[Hashable, FloatArray] | None,
    covariates: Sequence[str],
    municipality_covariates: Sequence[str],
    dose: str | None,
) -> dict[str, Any]:
    """Arrays by field name of `Panel`. Raises UsageError with every problem found."""
    if persons is not None and weights is not None:
        raise UsageError("persons and weights are both given", remedy="persons are counts, weights analytic: give one")
    if adoption is None and dose is None:
        raise UsageError("neither adoption nor dose is given", remedy="name the column of the first treated year")
    named = (*covariates, *municipality_covariates)
    wanted = [municipality, year, outcome, adoption, persons, weights, within_variance, dose, *named]
    missing = [name for name in wanted if name is not None and name not in frame.columns]
    if missing:
        raise UsageError(
            "columns are missing from the data frame",
            problems=tuple(f"no column {name!r}" for name in missing),
            remedy=f"the columns are: {', '.join(map(str, frame.columns))}",
        )
    problems: list[str] = []
    n: int = len(frame)
    weight_name = persons or weights
    weight: FloatArray = _numbers(frame, weight_name, problems) if weight_name else np.ones(n)
    if not np.all(weight >= 0):
        problems.append(f"{weight_name!r} holds {np.sum(~(weight >= 0))} negative or missing weights")
    value = _numbers(frame, outcome, problems)
    x = np.column_stack([np.empty((n, 0)), *(_numbers(frame, name, problems) for name in covariates)])
    spread = _numbers(frame, within_variance, problems) if within_variance else None
    present = weight > 0
    for name, column in ((outcome, value), *zip(covariates, x.T, strict=True)):
        if count := int(np.sum(present & ~np.isfinite(column))):
            problems.append(f"{name!r} is missing or infinite in {count} rows that carry weight")
    years = _years(frame, year, problems)
    codes, row = _codes(frame, municipality, problems)
    received = _numbers(frame, dose, problems) if dose else None
    if received is not None and (count := int(np.sum(present & ~np.isfinite(received)))):
        problems.append(f"{dose!r} is missing or infinite in {count} rows that carry weight")
    z = np.column_stack([np.empty((n, 0)), *(_numbers(frame, name, problems) for name in municipality_covariates)])
    first = _first_change(row, years, received) if adoption is None else _adoption(frame, adoption, problems)
    if problems or n == 0:
        raise UsageError(
            "the data frame cannot become a panel", problems=tuple(problems) or ("it has no rows",),
            remedy="one row per municipality and year, numbers in every row that carries weight",
        )  # fmt: skip

    calendar, column = np.unique(years, return_inverse=True)
    g, t, k = len(codes), len(calendar), x.shape[1]
    counts = np.bincount(row * t + column, minlength=g * t)
    if np.any(counts > 1):
        problems.append(f"{np.sum(counts > 1)} municipality-years have more than one row")
    low, high = np.full(g, np.inf), np.full(g, -np.inf)
    np.minimum.at(low, row, first)
    np.maximum.at(high, row, first)
    changing = [codes[i] for i in np.flatnonzero(low != high)]
    if changing:
        problems.append(f"{adoption!r} changes within {len(changing)} municipalities (first: {changing[0]})")
    if problems:
        raise UsageError("the data frame cannot become a panel", problems=tuple(problems))

    def cell(values: FloatArray) -> FloatArray:
        out = np.zeros((g, t, *values.shape[1:]))
        out[row, column] = values
        return out

    value, x = np.where(present, value, 0.0), np.where(present[:, None], x, 0.0)
    observations = weight if persons else present.astype(np.float64)
    square = weight * value**2
    variance = None
    if spread is not None:
        if persons:
            square = square + np.maximum(weight - 1, 0) * np.where(present & np.isfinite(spread), spread, 0.0)
        variance = np.full((g, t), np.nan)
        variance[row, column] = np.where(present, spread, np.nan)
    wx = weight[:, None] * x
    known: FloatArray = np.full((g, t, z.shape[1]), np.nan)
    known[row, column] = z
    return {
        "municipality": codes,
        "years": calendar.astype(np.int64),
        "adoption": np.where(low > calendar[-1], np.inf, low),
        "weighting": "persons" if persons else "analytic" if weights else "rows",
        "weight": cell(weight),
        "persons": cell(observations),
        "y": cell(weight * value),
        "yy": cell(square),
        "x": cell(wx),
        "xx": cell(wx[:, :, None] * x[:, None, :]),
        "xy": cell(wx * value[:, None]).reshape(g, t, k),
        "within_variance": variance,
        "mean_covariance": _covariances(mean_covariance, codes, t),
        "z": known if municipality_covariates else None,
        "dose": None if received is None else cell(np.where(present, received, 0.0)),
    }


def _numbers(frame: pd.DataFrame, name: str, problems: list[str]) -> FloatArray:
    import pandas as pd

    try:
        return np.asarray(pd.to_numeric(frame[name]).astype("float64").to_numpy(), dtype=np.float64)
    except (TypeError, ValueError):
        problems.append(f"{name!r} is not numeric")
        return np.ones(len(frame))


def _years(frame: pd.DataFrame, name: str, problems: list[str]) -> FloatArray:
    years = _numbers(frame, name, problems)
    wrong = ~np.isfinite(years) | (years != np.round(years))
    if wrong.any():
        problems.append(f"{name!r} is not a whole year in {int(wrong.sum())} rows")
    return np.where(wrong, 0.0, years)


def _adoption(frame: pd.DataFrame, name: str, problems: list[str]) -> FloatArray:
    first = _numbers(frame, name, problems)
    first = np.where(np.isnan(first) | (first == 0), np.inf, first)
    wrong = np.isfinite(first) & (first != np.round(first))
    if wrong.any():
        problems.append(f"{name!r} is not a whole year in {int(wrong.sum())} rows")
    return first


def _first_change(row: NDArray[np.int64], years: FloatArray, dose: FloatArray | None) -> FloatArray:
    """First year of each row's municipality with a dose other than that of its first year, infinity without one."""
    first = np.full(len(row), np.inf)
    if dose is None or not len(row):
        return first
    order = np.lexsort((years, row))
    starts = np.r_[True, row[order][1:] != row[order][:-1]]
    initial = dose[order][np.maximum.accumulate(np.where(starts, np.arange(len(order)), 0))]
    changed = np.where(dose[order] != initial, years[order], np.inf)
    lowest = np.full(int(row.max()) + 1, np.inf)
    np.minimum.at(lowest, row[order], changed)
    return np.asarray(lowest[row])


def _codes(frame: pd.DataFrame, name: str, problems: list[str]) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Municipality codes in sorted order and the position of each row's code."""
    import pandas as pd

    column = frame[name]
    if column.isna().any():
        problems.append(f"{name!r} is missing in {int(column.isna().sum())} rows")
        return (), np.zeros(len(frame), dtype=np.int64)
    if pd.api.types.is_float_dtype(column) and (column == column.round()).all():
        column = column.astype("int64")
    values = column.to_numpy() if column.dtype.kind in "iuf" else column.astype(str).to_numpy(dtype=object)
    labels, row = np.unique(values, return_inverse=True)
    return tuple(str(label) for label in labels), np.asarray(row, dtype=np.int64)


def _covariances(given: Mapping[Hashable, FloatArray] | None, codes: tuple[str, ...], t: int) -> FloatArray | None:
    if given is None:
        return None
    by_code = {str(key): np.asarray(value, dtype=np.float64) for key, value in given.items()}
    wrong = [f"{code}: {fault}" for code in codes if (fault := _no_covariance(by_code.get(code), t))]
    if wrong:
        raise UsageError(f"mean_covariance needs a {t} x {t} matrix for every municipality", problems=tuple(wrong[:5]))
    return np.stack([by_code[code] for code in codes])


def _no_covariance(matrix: FloatArray | None, t: int) -> str:
    """What keeps a matrix from being a covariance of T means, nothing where it is one; NaN where it is unknown."""
    if matrix is None:
        return "absent"
    if matrix.shape != (t, t):
        return f"not {t} x {t}"
    if np.isinf(matrix).any():
        return "not finite"
    if (np.diag(matrix) < 0).any():
        return "a negative variance"
    scale = np.nanmax(np.abs(matrix), initial=0.0)
    return "" if np.allclose(matrix, matrix.T, rtol=0, atol=1e-9 * scale, equal_nan=True) else "not symmetric"
