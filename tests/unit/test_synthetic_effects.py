"""The programme's effect: the ramp on average, nothing outside exposure, and who is reached."""

import numpy as np
import pytest

from synthetic_registry.days import working_calendar
from synthetic_registry.effects import ranks, reach, work_through_ips
from synthetic_registry.population import draw_people
from synthetic_registry.scenario import scenario
from synthetic_registry.spells import joined
from synthetic_registry.truth import count
from synthetic_registry.workdays import workdays
from synthetic_registry.write import chunks, municipality_sizes

REFERENCE = scenario("reference-study")
TREATED = [m.code for m in REFERENCE.municipalities].index("1804")
CALENDAR = working_calendar(REFERENCE.first_year, REFERENCE.last_year)


def test_the_realised_ramp_is_the_target_on_average() -> None:
    """A registry where all come from 1804: about 12,000 exposed person-years a year; bounds of three sd."""
    sizes = np.zeros(len(REFERENCE.municipalities), dtype=np.int64)
    sizes[TREATED] = 100_000
    gain, persons = np.zeros(4), np.zeros(4)
    for chunk in chunks(REFERENCE, 4, sizes):
        people = (chunk.unexposed, chunk.people)
        cells, _ = count(REFERENCE, people, chunk.without, chunk.through_ips, CALENDAR)
        gain += cells.gain[TREATED, 5:] / 10_000
        persons += cells.persons_with[TREATED, 5:]
    error = gain / persons - (1.2, 3.7, 7.0, 10.5)
    assert (np.abs(error) <= (0.24, 0.45, 0.75, 0.85)).all()
    assert gain.sum() / persons.sum() == pytest.approx(5.6, rel=0.08)


def test_outside_exposure_both_histories_are_equal_day_by_day() -> None:
    """Over all years of all persons, in the study population or not."""
    checked = 0
    for chunk in chunks(REFERENCE, 3, municipality_sizes(REFERENCE, 20_000)):
        everyone = np.ones_like(chunk.people.studied)
        y0 = workdays(chunk.without, everyone, CALENDAR)
        y1 = workdays(joined([chunk.without, chunk.through_ips]), everyone, CALENDAR)
        exposed = (
            (chunk.people.home == TREATED) & (np.arange(9) >= 5) & chunk.people.received.cumsum(axis=1).astype(bool)
        )
        assert (y1 >= y0).all()
        assert (y1 == y0)[~exposed].all()
        checked += int((y1 > y0).sum())
    assert checked > 50


def test_without_effect_nobody_gets_a_job_through_ips() -> None:
    none = scenario("no-effect")
    people = draw_people(none, np.full(3000, TREATED), 1, np.random.default_rng(1))
    assert len(work_through_ips(none, people, np.random.default_rng(2))) == 0


def test_reach_is_zero_before_and_outside_and_grows_with_exposure() -> None:
    share = reach(REFERENCE)
    assert share[:, :5].sum() == 0
    assert np.delete(share, TREATED, axis=0).sum() == 0
    assert (np.diff(share[TREATED, 4:]) > 0).all()


def test_ranks_are_evenly_spread_within_each_municipality() -> None:
    people = draw_people(REFERENCE, np.repeat([0, TREATED], [400, 1000]), 1, np.random.default_rng(1))
    rank = ranks(people, np.random.default_rng(2))
    for place, n in ((0, 400), (TREATED, 1000)):
        here = np.sort(rank[(people.origin == place) & people.on_waa])
        even = (np.arange(len(here)) + 0.5) / len(here)
        assert 0.6 * n < len(here) < 0.9 * n
        assert np.abs(here - even).max() <= 0.5 / len(here) + 1e-12
