"""Estimates on the reference data for few clusters: golden cells and persons, and the `few_*` studies."""

from dataclasses import replace

import numpy as np
import pandas as pd
from lib.panels import panel_of_persons
from lib.reference import reference

from ipscausal import estimate
from ipscausal.estimate import Estimate
from ipscausal.panel import Panel

DESIGNS = {"d1": {3: 2016}, "d3": {3: 2016, 4: 2016, 7: 2016}, "ds": {2: 2015, 8: 2016, 5: 2017}}
START = {"few_G12_treated3.csv": 6, "few_G10_treated5.csv": 5, "few_G30_treated2.csv": 6}


def golden_cells(design: str, persons: str | None = None, weights: str | None = None) -> Estimate:
    """Eight municipalities, six years; n as persons, as analytic weights, or not used."""
    frame = pd.read_csv(reference("inference/cells.csv"))
    frame["first"] = frame["muni"].map(DESIGNS[design])
    return estimate.did(
        Panel.from_frame(
            frame, municipality="muni", year="year", outcome="ybar", adoption="first", persons=persons, weights=weights
        )
    )


def golden_persons(design: str) -> Estimate:
    """305 persons, added up to their cells here."""
    persons = pd.read_csv(reference("inference/individuals.csv"))
    first = persons[persons[design] == 1].groupby("muni")["year"].min()
    persons["first"], persons["municipality"] = persons["muni"].map(first), persons["muni"].astype(str)
    return estimate.did(panel_of_persons(persons))


def golden_person_cells(design: str) -> Estimate:
    """The same persons from the file of their cells, with the variance inside each."""
    frame = pd.read_csv(reference("inference/individual_cells.csv"))
    frame["first"] = frame["muni"].map(frame[frame[design] == 1].groupby("muni")["year"].min())
    frame["s2"] = frame["ssw"] / (frame["n"] - 1)
    return estimate.did(
        Panel.from_frame(
            frame, municipality="muni", year="year", outcome="y", adoption="first", persons="n", within_variance="s2"
        )
    )


def few_panel(name: str, covariates: tuple[str, ...] = (), weights: str | None = None) -> Panel:
    """A `few_*` study of municipality-years."""
    frame = pd.read_csv(reference(f"data/{name}"))
    frame["first"] = np.where(frame["treat"] == 1, START[name], 0)
    return Panel.from_frame(
        frame, municipality="muni", year="year", outcome="y", adoption="first", covariates=covariates, weights=weights
    )


def few(name: str, covariates: tuple[str, ...] = (), weights: str | None = None) -> Estimate:
    """Difference-in-differences on a `few_*` study."""
    return estimate.did(few_panel(name, covariates, weights))


def few_micro(weighted: bool = False) -> Estimate:
    """2,130 persons with their age in twelve municipalities; N stays the number of persons where they are weighted."""
    rows = pd.read_csv(reference("data/few_micro_G12.csv"))
    rows["municipality"] = rows["muni"].map("{:02d}".format)
    rows["first"] = rows["muni"].map(rows[rows["d"] == 1].groupby("muni")["year"].min())
    plain = panel_of_persons(rows, ("age",))
    if not weighted:
        return estimate.did(plain)
    w, y, age = (rows[name].to_numpy(float) for name in ("w", "y", "age"))
    sums = pd.DataFrame({
        "weight": w, "y": w * y, "yy": w * y**2, "x": w * age, "xx": w * age**2, "xy": w * age * y,
    }).groupby([rows["municipality"], rows["year"]]).sum()  # fmt: skip
    g, t = plain.weight.shape
    cell = {name: sums[name].to_numpy().reshape(g, t) for name in sums}
    return estimate.did(
        replace(
            plain, weighting="analytic", weight=cell["weight"], y=cell["y"], yy=cell["yy"], x=cell["x"][..., None],
            xy=cell["xy"][..., None], xx=cell["xx"][..., None, None],
        )
    )  # fmt: skip
