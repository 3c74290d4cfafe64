"""The headline refitted on the person rows by linearmodels and statsmodels.

The one place where person rows enter Python. Exposure, event times and dummies are built here anew from the columns of
`restricted/person_year.parquet`, so that nothing is shared with the estimation but the file and the study. Standard
errors are compared as CR1: each package's small-sample factor is replaced by ours, and both are named.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ipscausal.errors import UsageError
from ipscausal.outcomes import column_of, kind_of
from ipscausal.results import Results

if TYPE_CHECKING:
    import pandas as pd

    from ipscausal.study import Study

TOLERANCE = 1e-8
TWO_WAY, PERSON_EFFECTS = "twfe", "twfe_person"  # what these packages have
DENSE_BYTES = 1_000_000_000  # largest regressor matrix that statsmodels is given
OURS = "G/(G-1) x (N-1)/(N-K), K = slopes and period effects with the constant"
THEIRS = {
    "linearmodels": "none (debiased=False)",
    "statsmodels": "G/(G-1) x (N-1)/(N-K), K = every column, municipality effects included",
}


@dataclass(frozen=True, slots=True)
class Agreement:
    """One coefficient in one package.

    difference: relative to the larger of |coefficient| and its standard error. std_error: ours, and theirs with our
    small-sample factor; ours is None where the results hold no CR1 error for the term.
    """

    specification: str
    term: str
    package: str
    version: str
    call: str
    ours: float
    theirs: float
    difference: float
    ours_std_error: float | None
    theirs_std_error: float
    std_error_difference: float | None
    agrees: bool


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """Agreement of the packages with the results. skipped: what was not run, with the reason."""

    outcome: str
    rows: int
    agreements: tuple[Agreement, ...]
    skipped: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """True when something was compared and every number agrees within 1e-8 relative."""
        return bool(self.agreements) and all(one.agrees for one in self.agreements)

    def to_json(self) -> str:
        """ASCII JSON with sorted keys for restricted/verify.json."""
        document = {
            "schema_version": 1,
            "agrees": self.agrees,
            "tolerance": TOLERANCE,
            "outcome": self.outcome,
            "rows": self.rows,
            "small_sample": {"ours": OURS, **THEIRS},
            "agreements": [asdict(one) for one in self.agreements],
            "skipped": list(self.skipped),
        }
        return json.dumps(document, indent=1, sort_keys=True, allow_nan=False) + "\n"

    def text(self) -> str:
        """The agreement in lines for the console."""
        lines = [f"Second opinion on {self.rows} person-years ({self.outcome}), tolerance {TOLERANCE:g} relative"]
        for one in self.agreements:
            error = "" if one.std_error_difference is None else f", standard error {one.std_error_difference:.0e}"
            verdict = "agrees" if one.agrees else "DIFFERS"
            lines.append(
                f"  {one.specification} {one.term}: {one.package} {one.version} {verdict} "
                f"(coefficient {one.difference:.0e}{error})"
            )
        lines += [f"  standard errors, {name}: {THEIRS[name]}; ours: {OURS}" for name in THEIRS]
        lines += [f"  not run: {reason}" for reason in self.skipped]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True, eq=False)
class _Regression:
    """Rows of one specification: y (N,), slopes (N, q + K) with names, codes of cluster (municipality) and year (N,).

    unit: (N,) codes of who has an effect of its own, municipalities or persons. labels: of the clusters by code.
    estimator: whose coefficients it has.
    """

    specification: str
    names: tuple[str, ...]
    y: np.ndarray
    slopes: np.ndarray
    cluster: np.ndarray
    year: np.ndarray
    unit: np.ndarray
    labels: np.ndarray
    estimator: str = TWO_WAY

    @property
    def factor(self) -> float:
        """Our small-sample factor of the variance."""
        g, n = len(np.unique(self.cluster)), len(self.y)
        k = self.slopes.shape[1] + len(np.unique(self.year))
        return g / (g - 1) * (n - 1) / (n - k)


def verify(person_year: Path, results: Results, study: Study) -> VerifyReport:
    """Refit DiD and event study of the study's primary outcome on the rows of `person_year`.

    Compared are the estimates of the tables `estimates` and `event_study`, and the CR1 standard errors where
    `estimates` has them. Raises UsageError when the file lacks a column or the results hold nothing to compare.
    """
    outcome = study.outcome.name
    frame = _read(person_year, outcome)
    claimed = {name: _claims(results, outcome, name) for name in (TWO_WAY, PERSON_EFFECTS)}
    if not claimed[TWO_WAY]:
        raise UsageError(f"the results hold no estimate of {outcome}", remedy="run the study first")
    agreements: list[Agreement] = []
    skipped: list[str] = []
    regressions = [_did(frame, outcome, study), _event_study(frame, outcome, study)]
    if claimed[PERSON_EFFECTS] and _years_left_out_of_homes(study):
        skipped.append("did with person effects: the file does not tell which years the first municipality leaves out")
    elif claimed[PERSON_EFFECTS]:
        regressions.append(_did_of_persons(_read(person_year, outcome, ("person_id",)), outcome, study))
    acting = results.facts.get("clusters", {})
    for regression in (_clustered(one, acting) for one in regressions):
        claims = claimed[regression.estimator]
        wanted = [name for name in regression.names if name in claims]
        if not wanted:
            skipped.append(f"{regression.specification}: the results hold no coefficient of it")
            continue
        for package, fit in (("linearmodels", _linearmodels), ("statsmodels", _statsmodels)):
            fitted = fit(regression)
            if isinstance(fitted, str):
                skipped.append(f"{regression.specification} with {package}: {fitted}")
                continue
            call, coef, error = fitted
            for name in wanted:
                j = regression.names.index(name)
                numbers = (*claims[name], float(coef[j]), float(error[j] * np.sqrt(regression.factor)))
                agreements.append(_compare(regression.specification, name, package, call, numbers))
    return VerifyReport(outcome, len(frame), tuple(agreements), tuple(skipped))


def _read(path: Path, outcome: str, more: tuple[str, ...] = ()) -> pd.DataFrame:
    import pyarrow.parquet as pq

    if not path.exists() and (path.parent / "pool.json").exists():
        raise UsageError(
            "a pool has no person rows to refit on: it was summed from the cells of its members",
            remedy="run `ipscausal verify` on the outputs of each member, where its person rows are",
        )
    if not path.exists():
        raise UsageError(
            f"no person rows at {path.name}", remedy="run the study first; verify reads its restricted folder"
        )
    present = pq.read_schema(path).names
    covariates = [name for name in present if name.startswith("covariate_")]
    exact = column_of(outcome)
    wanted = [*more, "municipality", "year", "first_treated_year", exact]
    if missing := [name for name in wanted if name not in present]:
        raise UsageError(f"{path.name} lacks {', '.join(missing)}")
    frame = pq.read_table(path, columns=[*wanted, *covariates]).to_pandas()
    frame[outcome] = frame[exact] / kind_of(outcome).scale
    return frame if more else _informing(frame)


def _informing(frame: pd.DataFrame) -> pd.DataFrame:
    """Without municipalities exposed in all their rows, which are not in the estimation."""
    first = frame["first_treated_year"].astype("float64")
    before = first.isna() | (frame["year"] < first)
    return frame[before.groupby(frame["municipality"]).transform("any")]


def _claims(results: Results, outcome: str, estimator: str) -> dict[str, tuple[float, float | None]]:
    """Our coefficients of an estimator and their CR1 standard errors, by term."""
    claims: dict[str, tuple[float, float | None]] = {}
    for table in ("event_study", "estimators", "estimates"):
        for row in results.tables.get(table, ()):
            estimate = row.get("estimate")
            other = row["outcome"] != outcome or row["estimator"] != estimator
            if other or estimate is None or row.get("is_reference"):
                continue
            error = row.get("std_error") if row.get("method") == "cr1" else None
            _, known = claims.get(row["term"], (estimate, None))
            claims[row["term"]] = (estimate, error if error is not None else known)
    return claims


def _did(frame: pd.DataFrame, outcome: str, study: Study) -> _Regression:
    time = frame["year"] - frame["first_treated_year"].astype("float64")
    # years of anticipation are neither before nor after
    frame = frame[time.isna() | (time >= 0) | (time < -study.design.anticipation)]
    exposed = (frame["year"] >= frame["first_treated_year"].astype("float64")).to_numpy(dtype=np.float64)
    return _regression(frame, outcome, "did", {"att": exposed})


def _years_left_out_of_homes(study: Study) -> bool:
    """Whether movers lose years that are left out where they first lived, which no row of theirs tells."""
    design = study.design
    return design.person_effects == "first" and (
        design.first_treated_year == "first full year" or design.after_end == "drop"
    )


def _did_of_persons(frame: pd.DataFrame, outcome: str, study: Study) -> _Regression:
    """The rows by the study's rule for movers; who is left with one row has nothing to tell."""
    rule = study.design.person_effects
    frame = frame.sort_values(["person_id", "year"])
    places = frame.groupby("person_id")["municipality"]
    if rule == "exclude":
        frame = frame[places.transform("nunique") == 1]
    if rule == "first":
        starts = frame.groupby("municipality")["first_treated_year"].first()
        frame = frame.assign(municipality=places.transform("first"))
        frame["first_treated_year"] = frame["municipality"].map(starts)
    who = ["person_id", "municipality"]
    frame = _informing(_seen_again(frame, who))
    time = frame["year"] - frame["first_treated_year"].astype("float64")
    frame = _seen_again(frame[time.isna() | (time >= 0) | (time < -study.design.anticipation)], who)
    exposed = (frame["year"] >= frame["first_treated_year"].astype("float64")).to_numpy(dtype=np.float64)
    kept = frame[[column for column in frame.columns if not column.startswith("covariate_")]]
    regression = _regression(kept, outcome, "did with person effects", {"att": exposed})
    return replace(regression, unit=frame.groupby(who).ngroup().to_numpy(), estimator=PERSON_EFFECTS)


def _seen_again(frame: pd.DataFrame, who: list[str]) -> pd.DataFrame:
    return frame[frame.groupby(who)["year"].transform("size") > 1]


def _event_study(frame: pd.DataFrame, outcome: str, study: Study) -> _Regression:
    low, high = study.design.event_window
    time = (frame["year"] - frame["first_treated_year"].astype("float64")).to_numpy()
    if study.design.outside == "drop":
        inside = np.isnan(time) | ((time >= low) & (time <= high))
        frame, time = frame[inside], time[inside]
    time = np.clip(time, low, high)
    dummies = {
        f"event_{event}": (time == event).astype(np.float64)
        for event in range(low, high + 1)
        if event != study.design.reference and np.any(time == event)
    }
    return _regression(frame, outcome, "event study", dummies)


def _regression(frame: pd.DataFrame, outcome: str, name: str, dummies: dict[str, np.ndarray]) -> _Regression:
    covariates = [column for column in frame.columns if column.startswith("covariate_")]
    values = [frame[column].to_numpy(dtype=np.float64) for column in covariates]
    labels, municipality = np.unique(frame["municipality"].to_numpy(), return_inverse=True)
    return _Regression(
        name,
        (*dummies, *covariates),
        frame[outcome].to_numpy(dtype=np.float64),
        np.column_stack([*dummies.values(), *(value - value.mean() for value in values)]),
        municipality,
        np.unique(frame["year"].to_numpy(), return_inverse=True)[1],
        municipality,
        labels,
    )


def _clustered(regression: _Regression, acting: Mapping[str, str]) -> _Regression:
    """The same rows with the clusters that treatment acts on. acting: municipality -> cluster, where they differ."""
    labels, code = np.unique([acting.get(label, label) for label in regression.labels], return_inverse=True)
    return replace(regression, cluster=code[regression.cluster], labels=labels)


_Fit = tuple[str, np.ndarray, np.ndarray]


def _linearmodels(regression: _Regression) -> _Fit:
    """AbsorbingLS: both effects absorbed as sparse dummies. Standard errors without small-sample factor."""
    import pandas as pd
    from linearmodels.iv.absorbing import AbsorbingLS

    whose = "municipality" if regression.estimator == TWO_WAY else "person"
    effects = pd.DataFrame({whose: pd.Categorical(regression.unit), "year": pd.Categorical(regression.year)})
    model = AbsorbingLS(
        pd.Series(regression.y, name="y"),
        pd.DataFrame(regression.slopes, columns=list(regression.names)),
        absorb=effects,
    )
    fit = model.fit(cov_type="clustered", clusters=regression.cluster, debiased=False)
    return f"AbsorbingLS, {whose} and year absorbed", fit.params.to_numpy(), fit.std_errors.to_numpy()


def _statsmodels(regression: _Regression) -> _Fit | str:
    """OLS with dummies where they fit into memory, else with municipality means taken out of the rows."""
    import statsmodels.api as sm

    n, g, t = len(regression.y), len(np.unique(regression.cluster)), int(regression.year.max()) + 1
    slopes, units = regression.slopes.shape[1], int(regression.unit.max()) + 1
    years = (regression.year[:, None] == np.arange(1, t)).astype(np.float64)
    if regression.estimator == TWO_WAY and n * (slopes + t + units) * 8 <= DENSE_BYTES:
        places = (regression.unit[:, None] == np.arange(units)).astype(np.float64)
        call, y, x = (
            "OLS with municipality and year dummies",
            regression.y,
            np.hstack([regression.slopes, years, places]),
        )
    elif n * (slopes + t) * 8 <= DENSE_BYTES:
        of = regression.unit
        size = np.bincount(of)
        y, x = regression.y.copy(), np.hstack([regression.slopes, years])
        for column in (y, *x.T):
            column -= (np.bincount(of, weights=column) / size)[of]
        whose = "municipality" if regression.estimator == TWO_WAY else "person"
        call = f"OLS with year dummies, {whose} means taken out of the rows"
    else:
        return f"{n} rows are too many for dense regressors"
    fit = sm.OLS(y, x).fit(cov_type="cluster", cov_kwds={"groups": regression.cluster})
    factor = g / (g - 1) * (n - 1) / (n - x.shape[1])
    return call, np.asarray(fit.params)[:slopes], np.asarray(fit.bse)[:slopes] / np.sqrt(factor)


def _compare(
    specification: str, term: str, package: str, call: str, numbers: tuple[float, float | None, float, float]
) -> Agreement:
    ours, error, theirs, their_error = numbers
    scale = max(abs(ours), their_error) or 1.0
    difference = abs(ours - theirs) / scale
    error_difference = None if error is None else abs(error - their_error) / (error or 1.0)
    agrees = difference <= TOLERANCE and (error_difference is None or error_difference <= TOLERANCE)
    return Agreement(
        specification, term, package, metadata.version(package), call, ours, theirs, difference, error, their_error,
        error_difference, agrees,
    )  # fmt: skip
