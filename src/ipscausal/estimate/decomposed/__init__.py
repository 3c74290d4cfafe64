"""Two-way fixed effects taken apart: the comparisons behind the coefficient and its weights on treated cells."""

from ipscausal.estimate.decomposed.bacon import Bacon, Comparison, KindTotal, bacon
from ipscausal.estimate.decomposed.twfe_weights import CellWeight, TwfeWeights, twfe_weights

__all__ = ["Bacon", "CellWeight", "Comparison", "KindTotal", "TwfeWeights", "bacon", "twfe_weights"]
