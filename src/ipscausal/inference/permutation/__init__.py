"""Ranks: treatment re-assigned to other municipalities, to other years, or both."""
