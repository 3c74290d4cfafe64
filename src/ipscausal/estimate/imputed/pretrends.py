"""The test of parallel trends that goes with imputation (Borusyak, Jaravel and Spiess 2024, section 4.4, Test 1)."""

from __future__ import annotations

from functools import partial
from math import inf

from ipscausal.errors import UsageError
from ipscausal.estimate.design import Design, Term
from ipscausal.estimate.model import Estimate
from ipscausal.estimate.twfe import fit_design
from ipscausal.panel import Panel


def imputation_pretrends(panel: Panel, *, leads: int = 3, anticipation: int = 0) -> Estimate:
    """Coefficients of the last `leads` years before adoption, by least squares on untreated cells alone.

    They are compared with all earlier years. No treated cell takes part, so that the test is independent of effects
    and, with homoskedastic errors, of the imputed effects themselves: having passed it biases nothing. The joint test
    is that of any estimate with terms before adoption. With anticipation the leads end so many years before adoption.
    Raises UsageError for leads below 1 or negative anticipation, IdentificationError if no cohort has earlier years.
    """
    if leads < 1 or anticipation < 0:
        raise UsageError(f"leads={leads} must be 1 or more and anticipation={anticipation} 0 or more years")
    last = -1 - anticipation
    time = panel.event_time
    seen = set(time[panel.observed & (time <= last) & (time > last - leads)].astype(int).tolist())
    terms = tuple(Term(f"event_{e}", e, e, e, str(e)) for e in sorted(seen))
    base = Term("earlier", None, -inf, last - leads, f"≤ {last - leads}")
    again = partial(imputation_pretrends, leads=leads, anticipation=anticipation)
    return fit_design(panel, Design(terms, base, anticipation), again, "imputation_pretrends")
