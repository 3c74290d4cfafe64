"""What a question about several coefficients at once needs of their covariance."""

from __future__ import annotations

import numpy as np

from ipscausal.errors import IdentificationError
from ipscausal.panel import FloatArray

SINGULAR = 1e-12  # smallest eigenvalue of the correlations


def require_positive_definite(covariance: FloatArray) -> None:
    """Raises IdentificationError where some combination of the coefficients would be known without error."""
    scale = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    usable = bool(np.isfinite(covariance).all()) and bool((scale > 0).all())
    if not usable or np.linalg.eigvalsh(covariance / scale[:, None] / scale)[0] <= SINGULAR:
        raise IdentificationError(
            "the covariance of the coefficients is not positive definite: too few municipalities for so many years",
            remedy="use a shorter window, or a panel whose sampling noise is known",
        )
