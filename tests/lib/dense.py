"""The regression on person rows with every dummy as a column, and CR2 by N x N matrices: slow and plain."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ipscausal.estimate import Estimate

EMPTY = 1e-9


@dataclass(frozen=True)
class Dense:
    """x: (N, p) coefficients first, then covariates, years, municipalities; y: (N,); cluster: (N,) labels."""

    x: np.ndarray
    y: np.ndarray
    cluster: np.ndarray


def dense(persons: pd.DataFrame, fit: Estimate, covariates: tuple[str, ...] = ()) -> Dense:
    """The rows behind the cells of an estimate."""
    time = persons["year"] - persons["first"]
    terms = {t.name: ((time >= t.first) & (time <= t.last)).astype(float) for t in fit.terms}
    years = pd.get_dummies(persons["year"].astype(str), dtype=float).iloc[:, 1:]
    municipalities = pd.get_dummies(persons["municipality"], dtype=float)
    x = pd.concat([pd.DataFrame(terms), persons[list(covariates)].astype(float), years, municipalities], axis=1)
    label = dict(zip(fit.panel.municipality, fit.panel.cluster, strict=True))
    return Dense(x.to_numpy(), persons["y"].to_numpy(float), persons["municipality"].map(label).to_numpy(str))


def dense_cr2(rows: Dense, coefficients: int) -> tuple[np.ndarray, np.ndarray]:
    """(q,) CR2 standard errors and Satterthwaite degrees of freedom."""
    m = np.linalg.inv(rows.x.T @ rows.x)
    rest = np.eye(len(rows.y)) - rows.x @ m @ rows.x.T
    residual = rest @ rows.y
    errors, df = np.zeros(coefficients), np.zeros(coefficients)
    for j in range(coefficients):
        labels = np.unique(rows.cluster)
        r = np.zeros((len(rows.y), len(labels)))
        for c, label in enumerate(labels):
            own = rows.cluster == label
            values, vectors = np.linalg.eigh(rest[np.ix_(own, own)])
            root = np.where(values > EMPTY, 1 / np.sqrt(np.maximum(values, EMPTY)), 0.0)
            r[own, c] = vectors @ (root * (vectors.T @ (rows.x[own] @ m[:, j])))
        p = r.T @ rest @ r
        errors[j] = np.sqrt(((r.T @ residual) ** 2).sum())
        df[j] = np.trace(p) ** 2 / (p**2).sum()
    return errors, df
