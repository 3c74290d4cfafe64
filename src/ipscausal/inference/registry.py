"""The methods by name, family by family."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ipscausal.errors import UsageError
from ipscausal.estimate import Estimate
from ipscausal.inference.cluster import bias_reduced, cluster_robust, jackknife, person_level
from ipscausal.inference.contrast import (
    collapse,
    conley_taber,
    ferman_pinto,
    heterogeneous,
    single_treated,
    size_family,
)
from ipscausal.inference.method import Method
from ipscausal.inference.options import Options
from ipscausal.inference.permutation import conformal, randomisation, size_studentised, space_time
from ipscausal.inference.row import Inference
from ipscausal.inference.shock import panel_model, re_did, sampling_only
from ipscausal.inference.wild import bootstrap

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
    bootstrap,
)
METHODS: Mapping[str, Method] = MappingProxyType(
    {method.name: method for family in FAMILIES for method in family.METHODS}
)


def apply(name: str, estimate: Estimate, options: Options) -> tuple[Inference, ...]:
    """Rows of the method named, one per coefficient. Raises UsageError for a name that is not in METHODS."""
    if name not in METHODS:
        raise UsageError(f"no method {name!r}", remedy=f"the methods are: {', '.join(METHODS)}")
    return METHODS[name].infer(estimate, options)
