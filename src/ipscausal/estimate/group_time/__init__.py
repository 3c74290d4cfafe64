"""Group-time average treatment effects (Callaway and Sant'Anna 2021)."""

from ipscausal.estimate.group_time.effects import att_gt

__all__ = ["att_gt"]
