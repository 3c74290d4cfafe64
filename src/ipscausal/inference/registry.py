"""The methods by name, family by family."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ipscausal.errors import UsageError
from ipscausal.estimate import Estimate
from ipscausal.inference.cluster import (
    analytic,
    bias_reduced,
    cluster_robust,
    fixed_weights,
    jackknife,
    person_level,
)
from ipscausal.inference.contrast import (
    collapse,
    conley_taber,
    ferman_pinto,
    heterogeneous,
    single_treated,
    size_family,
    synthetic_placebo,
)
from ipscausal.inference.method import Method
from ipscausal.inference.options import Options
from ipscausal.inference.permutation import conformal, randomisation, size_studentised, space_time
from ipscausal.inference.row import Inference, no_number
from ipscausal.inference.shock import panel_model, re_did, sampling_only
from ipscausal.inference.wild import bootstrap, multiplier

FAMILIES = (
    size_family,
    collapse,
    heterogeneous,
    conley_taber,
    ferman_pinto,
    single_treated,
    person_level,
    analytic,
    cluster_robust,
    bias_reduced,
    jackknife,
    fixed_weights,
    synthetic_placebo,
    randomisation,
    size_studentised,
    space_time,
    conformal,
    panel_model,
    re_did,
    sampling_only,
    bootstrap,
    multiplier,
)
METHODS: Mapping[str, Method] = MappingProxyType(
    {method.name: method for family in FAMILIES for method in family.METHODS}
)


def apply(name: str, estimate: Estimate, options: Options) -> tuple[Inference, ...]:
    """Rows of the method named, one per coefficient.

    They are `not_identified`, with the reason, where the estimate lacks what the method needs. Raises UsageError for a
    name that is not in METHODS.
    """
    if name not in METHODS:
        raise UsageError(f"no method {name!r}", remedy=f"the methods are: {', '.join(METHODS)}")
    method = METHODS[name]
    reasons = [method.lacks_for(estimate, j) for j in range(len(estimate.terms))]
    found = method.infer(estimate, options) if None in reasons else ()
    return tuple(
        found[j] if reason is None else no_number(term.name, name, reason, options.level, estimate=float(b))
        for j, (term, b, reason) in enumerate(zip(estimate.terms, estimate.coef, reasons, strict=True))
    )
