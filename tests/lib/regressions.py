"""Regressions outside the panel: cross-products per cluster from any data frame, for inference that needs no more."""

import numpy as np
import pandas as pd


def design_matrix(frame: pd.DataFrame, columns: list[str], effects: list[str]) -> np.ndarray:
    """Columns, dummies of each effect without its first level, and the constant."""
    dummies = [pd.get_dummies(frame[effect], drop_first=True).to_numpy(float) for effect in effects]
    return np.column_stack([frame[columns].to_numpy(float), *dummies, np.ones(len(frame))])


def cluster_products(
    frame: pd.DataFrame, outcome: str, columns: list[str], effects: list[str], cluster: str
) -> tuple[np.ndarray, np.ndarray]:
    """(C, p, p) and (C, p) sums of xx' and xy per cluster."""
    x, y = design_matrix(frame, columns, effects), frame[outcome].to_numpy(float)
    of = np.unique(frame[cluster], return_inverse=True)[1]
    members = [of == c for c in range(of.max() + 1)]
    return np.array([x[m].T @ x[m] for m in members]), np.array([x[m].T @ y[m] for m in members])
