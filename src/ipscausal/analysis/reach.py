"""How many the programme reached, of those whom the effect is about."""

from __future__ import annotations

from typing import Any

import numpy as np

from ipscausal.municipality_year import Cells

OTHER_PERSONS = ("entry", "baseline cohort")
"""Rules of receipt whose persons are only some of those a programme enrols: participants are not counted of them."""


def reach(cells: Cells, receipt: str) -> dict[str, Any] | None:
    """Participants over persons in the municipalities and years with the programme; None where they are not known.

    receipt: the rule that the persons were selected by. Participants are counted among all recipients of a year, so of
    new recipients or of a cohort fixed beforehand it is not known how many they are; nor of those of a quarter, since
    the rollout table tells participants a year.
    share: over all these years. least: participants in the year with the fewest of them, and others: persons less
    participants in the year with the fewest of those, which disclosure asks of; None where participants are more than
    the persons and so not among them. participants: of all these years together, and persons: of each; the share that
    leaves is made of these where counts are rounded.
    """
    exposed = cells.years[None, :] >= cells.adoption[:, None]
    if receipt in OTHER_PERSONS or cells.period != "year" or cells.participants is None or not exposed.any():
        return None
    taking_part = np.where(exposed, cells.participants, 0.0).sum(axis=0)[exposed.any(axis=0)]
    persons = np.where(exposed, cells.persons, 0).sum(axis=0)[exposed.any(axis=0)]
    if np.isnan(taking_part).any() or not persons.sum():
        return None
    return {
        "share": float(taking_part.sum() / persons.sum()),
        "least": float(taking_part.min()),
        "participants": float(taking_part.sum()),
        "persons": persons.tolist(),
        "others": min((float(rest) for rest in persons - taking_part if rest >= 0), default=None),
    }
