"""The methods by name, family by family."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ipscausal.errors import UsageError
from ipscausal.estimate import Estimate
from ipscausal.inference import (
    bias_reduced,
    cluster_robust,
    collapse,
    conformal,
    conley_taber,
    ferman_pinto,
    heterogeneous,
    jackknife,
    panel_model,
    person_level,
    randomisation,
    re_did,
    sampling_only,
    single_treated,
    size_family,
    size_studentised,
    space_time,
    wild_bootstrap,
)
from ipscausal.inference.method import Method
from ipscausal.inference.options import Options
from ipscausal.inference.row import Inference

FAMILIES = (
    size_family,
    collapse,
    heterogeneous,
    conley_taber,
    ferman_pinto,
    single_treated,
    person_level,
    cluster_robust,
    bias_reduced,
    jackknife,
    randomisation,
    size_studentised,
    space_time,
    conformal,
    panel_model,
    re_did,
    sampling_only,
    wild_bootstrap,
)
METHODS: Mapping[str, Method] = MappingProxyType(
    {method.name: method for family in FAMILIES for method in family.METHODS}
)


def apply(name: str, estimate: Estimate, options: Options) -> tuple[Inference, ...]:
    """Rows of the method named, one per coefficient. Raises UsageError for a name that is not in METHODS."""
    if name not in METHODS:
        raise UsageError(f"no method {name!r}", remedy=f"the methods are: {', '.join(METHODS)}")
    return METHODS[name].infer(estimate, options)
