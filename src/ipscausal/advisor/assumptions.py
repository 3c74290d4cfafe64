"""What each method takes for granted, as sets, so that a companion can be one that takes something less."""

from __future__ import annotations

from collections.abc import Mapping

_INDEPENDENT = "municipalities are independent"
_NORMAL = "contrasts are normal"
_EQUAL_SHOCKS = "shocks of the treated are as large as the others'"
_EQUAL = "contrasts of the treated vary no more than the others'"
_SAMPLING = "sampling noise is known"
TIME_SERIES = "shocks are AR(1)"
_EXCHANGEABLE = "any municipality could have been treated"
_MANY = "many clusters"
NO_SHOCKS = "there are no municipality shocks"
_NO_SERIAL = "years are exchangeable"
_STATIONARY = "years are stationary"
_FEW_CONTROLS_SHAPE = "controls have one distribution up to scale"

_FROM_RESIDUALS = frozenset({_INDEPENDENT, _MANY})
# judge by the residuals of clusters, of which a single treated one has none
RESIDUAL = (
    "analytic", "multiplier", "cr0", "cr1", "cr1s", "cr2", "cr3",
    *(f"wc{how}_{kind}" for how in "ru" for kind in "csvb"),
)  # fmt: skip
ASSUMES: Mapping[str, frozenset[str]] = {
    "panel": frozenset({_INDEPENDENT, _NORMAL, _EQUAL_SHOCKS, _SAMPLING, TIME_SERIES}),
    "re_did": frozenset({_INDEPENDENT, _NORMAL, _EQUAL_SHOCKS, _SAMPLING}),
    "ferman_pinto_known": frozenset({_INDEPENDENT, _EQUAL_SHOCKS, _SAMPLING, _FEW_CONTROLS_SHAPE, _MANY}),
    "ferman_pinto": frozenset({_INDEPENDENT, _EQUAL_SHOCKS, _FEW_CONTROLS_SHAPE, _MANY}),
    "sup_t": frozenset({_INDEPENDENT, _NORMAL, _EQUAL_SHOCKS}),
    "collapse": frozenset({_INDEPENDENT, _NORMAL, _EQUAL}),
    "collapse_n": frozenset({_INDEPENDENT, _NORMAL, NO_SHOCKS}),
    "sampling": frozenset({_INDEPENDENT, _NORMAL, _SAMPLING, NO_SHOCKS}),
    "ri": frozenset({_EXCHANGEABLE}),
    "ri_t": frozenset({_EXCHANGEABLE}),
    "ri_size": frozenset({_EXCHANGEABLE, _SAMPLING}),
    "im": frozenset({_INDEPENDENT, _NORMAL}),
    "welch": frozenset({_INDEPENDENT, _NORMAL}),
    "lau_li": frozenset({_INDEPENDENT, _NORMAL, _EQUAL}),
    "hagemann": frozenset({_INDEPENDENT, _NORMAL, _EQUAL}),
    "conley_taber": frozenset({_INDEPENDENT, _EQUAL, _MANY}),
    "space_time": frozenset({_EXCHANGEABLE, _NO_SERIAL}),
    "conformal_iid": frozenset({_NO_SERIAL}),
    "conformal_block": frozenset({_STATIONARY}),
    "placebo_t": frozenset({_INDEPENDENT, _NORMAL, _EQUAL_SHOCKS}),
    "placebo_rank": frozenset({_EXCHANGEABLE}),
    "jackknife_weights": frozenset({_INDEPENDENT, _MANY}),
    "hc1": frozenset({NO_SHOCKS}),
    **dict.fromkeys(RESIDUAL, _FROM_RESIDUALS),
}
