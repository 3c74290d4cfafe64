"""The map: where municipalities lie, who their neighbours are, and what is known of each besides the programme.

Fixed by the code and the size of a municipality, the same in every seed. Nothing that happens to a person depends on
it, and the programme does not reach over a border; but larger municipalities are more central, and in
`national-rollout` they start earlier.
"""

from __future__ import annotations

import numpy as np

from synthetic_registry.days import Days, Reals
from synthetic_registry.scenario import Municipality, Scenario

_LENGTH, _WIDTH, _COUNTY = 1700.0, 400.0, 40.0  # kilometres: the country, and the spread within a county
_NEAREST = 3
_RECIPIENTS_PER_INHABITANT = 0.032  # aged 18-29
_CENTRAL_FROM = (650.0, 180.0, 65.0, 25.0, 9.0)  # recipients a year at classes 1 (most central) to 5; below: 6


def _stream(*key: int) -> np.random.Generator:
    return np.random.default_rng((20170301, *key))


def positions(scenario: Scenario) -> Reals:
    """Kilometres east and north, shape (municipalities, 2); places of a county (two first digits) lie together."""
    county = np.array([_stream(0, int(m.code[:2])).uniform(0, (_WIDTH, _LENGTH)) for m in scenario.municipalities])
    within = np.array([_stream(1, int(m.code)).normal(0, _COUNTY, 2) for m in scenario.municipalities])
    return county + within


def neighbours(scenario: Scenario) -> Days:
    """Pairs of neighbouring municipalities as indices, both ways, sorted, shape (pairs, 2).

    Neighbours: the three nearest, and those to whom one is among the three nearest.
    """
    place = positions(scenario)
    distance = np.linalg.norm(place[:, None, :] - place[None, :, :], axis=2)
    np.fill_diagonal(distance, np.inf)
    near = np.zeros(distance.shape, dtype=bool)
    np.put_along_axis(near, np.argsort(distance, axis=1, kind="stable")[:, :_NEAREST], values=True, axis=1)
    return np.argwhere(near | near.T).astype(np.int64)


def inhabitants(municipality: Municipality) -> int:
    """Inhabitants aged 18-29, near proportional to the recipients."""
    share = _RECIPIENTS_PER_INHABITANT * np.exp(_stream(2, int(municipality.code)).normal(0, 0.15))
    return round(municipality.recipients / share)


def centrality(municipality: Municipality) -> int:
    """Class of centrality from 1, the most central, to 6; larger is mostly more central."""
    felt = municipality.recipients * np.exp(_stream(3, int(municipality.code)).normal(0, 0.6))
    return 1 + sum(felt < bound for bound in _CENTRAL_FROM)


def unemployment(municipality: Municipality) -> float:
    """Registered unemployed in per cent of the labour force, with one decimal."""
    return round(max(0.8, float(_stream(4, int(municipality.code)).normal(2.9, 0.8))), 1)
