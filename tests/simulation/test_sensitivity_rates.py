"""How often checks speak on panels with nothing wrong: no more often than their level allows."""

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from lib.known_noise import drawn_means, known_noise_panel

from ipscausal import sensitivity as s
from ipscausal.estimate import did
from ipscausal.inference import Options

YEARS, FIRST, START, DRAWS = 12, 2008, 2015, 100
CHECKS: dict[str, Callable[[s.Subject], s.Check]] = {
    "placebo_dates": s.placebo_dates,
    "anticipation": s.anticipation,
    "break_year": lambda one: s.break_year(one, 2012),
    "without_municipality": s.without_municipality,
    "without_year": s.without_year,
    "window": lambda one: s.window(one, 2011, 2017),
    "years_excluded": lambda one: s.years_excluded(one, [2018, 2019]),
}


def verdicts(treated: int, others: int, effect: float, shock: float, seed: int) -> dict[str, Counter[str]]:
    rng = np.random.default_rng(seed)
    municipalities = treated + others
    size = np.full((municipalities, YEARS), 900.0)
    acted = (np.arange(municipalities)[:, None] < treated) & ((FIRST + np.arange(YEARS))[None, :] >= START)
    adoption = [float(START)] * treated + [np.inf] * others
    found: dict[str, Counter[str]] = {name: Counter() for name in CHECKS}
    for _ in range(DRAWS):
        mean = 60 + drawn_means(rng, 1, 400 / size, shock, 0.5, effect * acted)[0]
        panel = known_noise_panel(mean, adoption, size, np.full(size.shape, 400.0), first_year=FIRST)
        subject = s.subject(panel, did, s.primary_judge(Options()))
        for name, check in CHECKS.items():
            found[name][check(subject).verdict] += 1
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("treated", "others", "shock"), [(6, 12, 1.5), (1, 12, 0.5)])
def test_with_nothing_wrong_few_checks_fail(treated: int, others: int, shock: float) -> None:
    found = verdicts(treated, others, effect=5.0, shock=shock, seed=treated)
    # 5 per cent and three Monte Carlo standard errors
    most = DRAWS * 0.05 + 3 * np.sqrt(DRAWS * 0.05 * 0.95)
    assert {name: counts["not passed"] for name, counts in found.items() if counts["not passed"] > most} == {}
    # and they do speak: with an effect of this size nearly all could have failed
    spared = {"without_municipality"} if treated == 1 else set()
    assert [name for name, counts in found.items() if counts["passed"] < 0.85 * DRAWS and name not in spared] == []


@pytest.mark.slow
def test_without_an_effect_checks_rarely_pass() -> None:
    """Where 5 in 100 estimates are told from zero by chance, no more than these have anything to confirm."""
    found = verdicts(6, 12, effect=0.0, shock=1.0, seed=9)
    most = DRAWS * 0.05 + 3 * np.sqrt(DRAWS * 0.05 * 0.95)
    confirming = ("without_municipality", "without_year", "window", "years_excluded")
    assert {name: found[name]["passed"] for name in confirming if found[name]["passed"] > most} == {}
