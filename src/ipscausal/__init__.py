"""What did rolling out Individual Placement and Support do to people's working life here?

    import ipscausal as ips
    panel = ips.build_panel(ips.read_study("study.toml"), extracts="extracts/")
    print(ips.did(panel).summary())

Names are loaded on first use, so that `import ipscausal` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOME = {
    "IpsError": "errors",
    "Panel": "panel",
    "Result": "api",
    "Study": "study",
    "Subgroups": "subgroups",
    "advise": "api",
    "att_gt": "api",
    "bacon": "api.decomposition",
    "build_panel": "pipeline",
    "build_subgroups": "pipeline",
    "calibrate": "api",
    "cr1_false_positive_rate": "inference",
    "did": "api",
    "dose_response": "api",
    "efficient": "api",
    "etwfe": "api",
    "etwfe_poisson": "api",
    "event_study": "api",
    "heterogeneity": "api",
    "honest_did": "api.honest_did",
    "imputation": "api",
    "infer": "api",
    "municipality_effects": "api",
    "plan_beside": "locked_plan",
    "power": "api",
    "pretrend_power": "api.pretrend_power",
    "read_study": "study_file",
    "run": "pipeline",
    "specification_curve": "api.specification_curve",
    "stacked": "api",
    "sun_abraham": "api",
    "switching": "api",
    "synthetic_control": "api.synthetic",
    "synthetic_did": "api.synthetic",
    "triple": "api",
    "twfe_weights": "api.decomposition",
    "two_stage": "api",
}

__version__ = "0.1.0"
__all__ = [
    "IpsError",
    "Panel",
    "Result",
    "Study",
    "Subgroups",
    "advise",
    "att_gt",
    "bacon",
    "build_panel",
    "build_subgroups",
    "calibrate",
    "cr1_false_positive_rate",
    "did",
    "dose_response",
    "efficient",
    "etwfe",
    "etwfe_poisson",
    "event_study",
    "heterogeneity",
    "honest_did",
    "imputation",
    "infer",
    "municipality_effects",
    "plan_beside",
    "power",
    "pretrend_power",
    "read_study",
    "run",
    "specification_curve",
    "stacked",
    "sun_abraham",
    "switching",
    "synthetic_control",
    "synthetic_did",
    "triple",
    "twfe_weights",
    "two_stage",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'ipscausal' has no attribute {name!r}")
    value = getattr(import_module(f"ipscausal.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
