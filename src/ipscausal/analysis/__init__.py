"""The numbers of one study as tables: panels in, `Results` out. Nothing here touches a person row."""

from ipscausal.analysis.alternatives import alternative, needed, of_second_population
from ipscausal.analysis.analyse import analyse, choose_methods
from ipscausal.analysis.honesty import write_advice
from ipscausal.analysis.second_population import SECOND
from ipscausal.analysis.work_years import conversion

__all__ = [
    "SECOND", "alternative", "analyse", "choose_methods", "conversion", "needed", "of_second_population",
    "write_advice",
]  # fmt: skip
