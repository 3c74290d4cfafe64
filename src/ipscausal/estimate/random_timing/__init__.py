"""The estimator for randomly timed adoption."""

from ipscausal.estimate.random_timing.efficient import efficient

__all__ = ["efficient"]
