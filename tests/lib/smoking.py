"""Proposition 99: cigarette sales in California and 38 other states, 1970 to 2000."""

import numpy as np
import pandas as pd
from lib.reference import reference

from ipscausal.panel import Panel


def smoking_panel(treated: tuple[str, ...] = ("California",), without: tuple[str, ...] = ()) -> Panel:
    """States in alphabetical order, `treated` from 1989 on, those of `without` left out."""
    frame = pd.read_csv(reference("data/california_prop99.csv"))
    frame = frame[~frame["State"].isin(without)]
    frame["first"] = np.where(frame["State"].isin(treated), 1989, 0)
    return Panel.from_frame(frame, municipality="State", year="Year", outcome="PacksPerCapita", adoption="first")
