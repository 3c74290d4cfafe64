"""Graded treatment: what more of it does, and what of that the data can tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from math import inf
from typing import Any, Literal, get_args

import numpy as np

from ipscausal.errors import IdentificationError, UsageError
from ipscausal.estimate.assemble import effects_from_weights, in_estimation
from ipscausal.estimate.design import Design, Term
from ipscausal.estimate.dose.doses import DoseOf, cell_doses, municipality_doses
from ipscausal.estimate.dose.treated_cells import Comparison, TreatedCells, treated_cells
from ipscausal.estimate.least_squares import COLLINEAR, solve_columns
from ipscausal.estimate.model import Estimate
from ipscausal.estimate.regression import effects_from_regression
from ipscausal.panel import FloatArray, Panel

Form = Literal["groups", "slope", "two_way"]
_BEFORE = Term("before", None, -inf, -1)
_DEFAULTS: Mapping[str, Any] = {
    "cuts": (), "at": (), "dose_of": "mean", "comparison": "never", "anticipation": 0, "window": None,
}  # fmt: skip
_FOREIGN = {"groups": ("at",), "slope": ("cuts",), "two_way": tuple(_DEFAULTS)}


def dose_response(
    panel: Panel,
    *,
    form: Form = "groups",
    cuts: Sequence[float] = (),
    at: Sequence[float] = (),
    dose_of: DoseOf = "mean",
    comparison: Comparison = "never",
    anticipation: int = 0,
    window: tuple[int, int] | None = None,
) -> Estimate:
    """Effects of a graded treatment (`panel.dose`, 0 before adoption): a fidelity, a reach.

    form "groups": one term for each group of municipalities with doses below the first of `cuts`, between two (the
    lower one included) and from the last on; without cuts `att`. Each is the mean effect on the municipalities of the
    group of the doses they have, ATT(d|d), under ordinary parallel trends. Groups differ in their dose and in their
    municipalities: their difference is the effect of more dose only under strong parallel trends (at the same dose all
    groups would have had the same effect).
    form "slope": `att`, `slope` of the effects in the dose among municipalities at the same time since adoption, and
    `att_at_d` for each d of `at`, on the line through the mean dose. The line describes ATT(d|d); read as what one more
    unit of dose does, it needs strong parallel trends.
    form "two_way": `dose`, the coefficient of the dose in the cell with municipality and year effects. It is a slope:
    the effects of doses below the mean dose enter it with a negative sign, and even under strong parallel trends the
    weights come from the spread of the doses, not from how many municipalities have them; with several adoption years
    it also compares treated years with treated years. It alone takes doses before adoption and person covariates.

    dose_of: the "mean", "first" or "largest" dose of a municipality from its adoption on. A dose measured after
    adoption (fidelity reviews) may itself be an outcome: then all of this is description.
    comparison, anticipation: as in `treated_cells`; window: event times that are averaged, by default all from adoption
    on; one before adoption asks whether doses go with earlier trends. Cells weigh by their observations in the year.
    Contributions: deviations of a municipality's effects from its group's mean, or from the line, and of the comparison
    from its mean; no degrees-of-freedom factor; the doses are taken as given.
    Source: Callaway, Goodman-Bacon & Sant'Anna (2024), Difference-in-differences with a continuous treatment, NBER
    working paper 32117. Raises UsageError for options that the form does not have, IdentificationError without a
    comparison, and for a slope where doses do not differ.
    """
    options: dict[str, Any] = {
        "cuts": tuple(float(cut) for cut in cuts), "at": tuple(float(dose) for dose in at), "dose_of": dose_of,
        "comparison": comparison, "anticipation": anticipation, "window": window,
    }  # fmt: skip
    _require_options(form, options)
    refit = partial(dose_response, form=form, **options)
    panel, left_out = in_estimation(panel)
    if not panel.treated.any():
        raise IdentificationError("no treated municipality inside the window", remedy="look at the rollout dates")
    if form == "two_way":
        equations = solve_columns(panel, ("dose",), cell_doses(panel)[None])
        design = Design((Term("dose", None, 0, inf, form="combination"),), _BEFORE)
        return effects_from_regression("dose_two_way", panel, panel, design, equations, refit=refit, left_out=left_out)
    if panel.covariates:
        raise UsageError(f"form={form!r} does not adjust for person covariates", remedy='use form="two_way"')
    dose = municipality_doses(panel, dose_of)
    cells = treated_cells(panel, window, anticipation, comparison)
    rows = _groups(cells, dose[cells.row], cuts) if form == "groups" else _slope(cells, dose[cells.row], at)
    first, last = (0, inf) if window is None else window
    terms = tuple(
        Term(name, None, first, last, label, form="mean" if (own >= 0).all() else "combination")
        for name, label, own, _ in rows
    )
    sums, scores = np.stack([row[2] for row in rows]), np.stack([row[3] for row in rows])
    weights = cells.cell_weights(sums, len(panel.years))
    fit = effects_from_weights(
        f"dose_{form}", panel, Design(terms, replace(_BEFORE, last=-1 - anticipation), anticipation), weights,
        cells.contributions(sums, scores), refit=refit, cells=panel.without((weights == 0).all(axis=0)),
        left_out=left_out,
    )  # fmt: skip
    behind = [len(np.unique(fit.cluster_of[cells.row[own != 0]])) for own in sums]
    return replace(fit, n_treated=np.array(behind, dtype=np.int64))


_Row = tuple[str, str, FloatArray, FloatArray]
"""Name, label, (n,) weights of the treated cells' effects, (n,) influence values of these cells."""


def _require_options(form: str, options: Mapping[str, Any]) -> None:
    if form not in get_args(Form):
        raise UsageError(f"form={form!r} is not known", remedy="use " + " or ".join(map(repr, get_args(Form))))
    for name, choices in (("dose_of", DoseOf), ("comparison", Comparison)):
        if options[name] not in get_args(choices):
            known = " or ".join(map(repr, get_args(choices)))
            raise UsageError(f"{name}={options[name]!r} is not known", remedy=f"use {known}")
    foreign = [name for name in _FOREIGN[form] if options[name] != _DEFAULTS[name]]
    if foreign:
        raise UsageError(f"form={form!r} has no option " + ", ".join(foreign), remedy="leave it out")
    if list(options["cuts"]) != sorted(set(options["cuts"])):
        raise UsageError("cuts do not increase", remedy="give each cut point once, the lowest first")


def _groups(cells: TreatedCells, dose: FloatArray, cuts: Sequence[float]) -> list[_Row]:
    edges = [-inf, *cuts, inf]
    rows: list[_Row] = []
    for low, high in pairwise(edges):
        own = np.where((dose >= low) & (dose < high), cells.weight, 0.0)
        if own.any():
            own /= own.sum()
            rows.append((*_group_name(low, high), own, own * (cells.effect - own @ cells.effect)))
    return rows


def _group_name(low: float, high: float) -> tuple[str, str]:
    if low == -inf and high == inf:
        return "att", ""
    if low == -inf:
        return f"dose_below_{high:g}", f"< {high:g}"
    if high == inf:
        return f"dose_from_{low:g}", f"≥ {low:g}"
    return f"dose_{low:g}_to_{high:g}", f"[{low:g}, {high:g})"


def _slope(cells: TreatedCells, dose: FloatArray, at: Sequence[float]) -> list[_Row]:
    """Least squares of effects on dose and event times; the level is the mean effect at the mean dose."""
    level = cells.weight / cells.weight.sum()
    time = np.unique(cells.event_time, return_inverse=True)[1]
    total = np.bincount(time, cells.weight)

    def within(values: FloatArray) -> FloatArray:
        return np.asarray(values - (np.bincount(time, cells.weight * values) / total)[time])

    apart = within(dose)
    spread = float(cells.weight @ apart**2)
    if spread <= COLLINEAR * float(cells.weight @ dose**2):
        raise IdentificationError(
            "the doses of treated municipalities at the same time since adoption do not differ",
            remedy='a slope needs at least two doses; use form="groups"',
        )
    steep = cells.weight * apart / spread
    slope, att, mean = float(steep @ cells.effect), float(level @ cells.effect), float(level @ dose)
    of_slope = steep * (within(cells.effect) - slope * apart)
    of_line = level * (cells.effect - att - slope * (dose - mean))
    rows: list[_Row] = [("att", "", level, level * (cells.effect - att)), ("slope", "", steep, of_slope)]
    for point in at:
        away = point - mean
        rows.append((f"att_at_{point:g}", f"{point:g}", level + away * steep, of_line + away * of_slope))
    return rows
