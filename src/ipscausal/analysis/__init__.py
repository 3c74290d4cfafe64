"""The numbers of one study as tables: panels in, `Results` out. Nothing here touches a person row."""

from ipscausal.analysis.analyse import analyse
from ipscausal.analysis.work_years import conversion

__all__ = ["analyse", "conversion"]
