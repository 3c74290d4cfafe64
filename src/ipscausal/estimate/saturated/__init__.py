"""Regressions with an effect for every cohort and year, and the stacked regression."""

from ipscausal.estimate.saturated.etwfe import etwfe
from ipscausal.estimate.saturated.poisson import etwfe_poisson
from ipscausal.estimate.saturated.stacked import stacked
from ipscausal.estimate.saturated.sun_abraham import sun_abraham

__all__ = ["etwfe", "etwfe_poisson", "stacked", "sun_abraham"]
