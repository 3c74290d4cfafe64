"""Regressions with an effect for every cohort and year."""
