"""Sampling noise known from the persons, shocks to municipalities estimated."""
