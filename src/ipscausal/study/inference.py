"""How uncertainty is judged."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ipscausal.study.section import Percentage, Section, all_consistent

MethodName = Literal[
    "sup_t", "collapse", "collapse_n", "hc1", "analytic", "cr0", "cr1", "cr1s", "cr2", "cr3", "wcr_c", "wcr_s", "wcr_v",
    "wcr_b", "wcu_c", "wcu_s", "wcu_v", "wcu_b", "ri", "ri_t", "ri_size", "conley_taber", "ferman_pinto",
    "ferman_pinto_known", "im", "welch", "lau_li", "hagemann", "re_did", "panel", "space_time", "conformal_iid",
    "conformal_block", "sampling", "multiplier", "placebo_t", "placebo_rank", "jackknife_weights",
]  # fmt: skip
"""Methods of inference that a study may fix beforehand; those of `ipscausal.inference.METHODS`, held by a test."""


class InferenceChoice(Section):
    """Level of intervals, seed, draws where a distribution is sampled, and how the primary method is chosen.

    calibration_draws: simulated copies of the panel that methods are tried on before outcomes after adoption are used;
    0 = none, the decision guide then chooses from counts. primary: "advise", or a method fixed beforehand.
    """

    level: Percentage = 0.95
    seed: Annotated[int, Field(ge=0)] = 20261121
    draws: Annotated[int, Field(ge=99, le=1_000_000)] = 9999
    calibration_draws: Annotated[int, Field(ge=0, le=100_000)] = 2000
    primary: Literal["advise"] | MethodName = "advise"

    @model_validator(mode="after")
    def _enough_draws(self) -> Self:
        few = 0 < self.calibration_draws < 100
        return all_consistent(self, ["calibration_draws must be 0 (none) or at least 100"] if few else [])
