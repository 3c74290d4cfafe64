"""Treatments that switch on and off or are graded (de Chaisemartin & D'Haultfoeuille 2024)."""

from ipscausal.estimate.switching.estimator import switching

__all__ = ["switching"]
