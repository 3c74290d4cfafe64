"""The scenarios: municipalities, calendar, effect and shocks, declared as frozen values."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace

import numpy as np

PROGRAMME = "IPS"
RAMP = (1.2, 3.7, 7.0, 10.5)


@dataclass(frozen=True, slots=True)
class Municipality:
    """One municipality: expected recipients aged 18-29 a year and what is known of its programme.

    first_code: the code in the register at first, where a reform gives the place another (`code` is its name here).
    recodings: first day and code of those that follow.
    """

    code: str
    recipients: float
    start: dt.date | None = None
    programme: str = ""
    listed: bool = False
    first_code: str = ""
    recodings: tuple[tuple[dt.date, str], ...] = ()

    @property
    def cohort(self) -> int | None:
        """First year with IPS; None without IPS."""
        return self.start.year if self.start and self.programme == PROGRAMME else None


@dataclass(frozen=True, slots=True)
class Scenario:
    """Everything that fixes a registry but the seed and the number of persons.

    `ramp`: target effect in workdays at event time 0, 1, ...; the last value holds from there on.
    `cohort_scale`: what multiplies the ramp in a cohort (1 where it is not named).
    `shock_sd`, `shock_rho`: standard deviation (workdays) and persistence of the AR(1) municipality-year shock.
    `lead`: target effect in the year before the start on record, the one before that, ...: the programme works as if it
    had begun that much earlier. `trend`: workdays a year by which municipalities with a start on record drift away from
    the others, without any programme, in every year of the window. `exit_position`: positions (1/100 %) that, held
    with a job found through IPS, end the benefit; 0 = benefits never respond to work.
    """

    name: str
    title_en: str
    title_nb: str
    title_nn: str
    first_year: int
    last_year: int
    municipalities: tuple[Municipality, ...]
    comparison: str
    assignment: str
    ramp: tuple[float, ...] = RAMP
    cohort_scale: dict[int, float] = field(default_factory=dict)
    shock_sd: float = 2.0
    shock_rho: float = 0.4
    lead: tuple[float, ...] = ()
    trend: float = 0.0
    exit_position: int = 0

    @property
    def reformed(self) -> bool:
        """Whether any code changes inside the window."""
        return any(m.recodings for m in self.municipalities)

    @property
    def years(self) -> range:
        """The years of the study window."""
        return range(self.first_year, self.last_year + 1)

    @property
    def listed(self) -> tuple[str, ...]:
        """Comparison municipalities named in the study file."""
        return tuple(m.code for m in self.municipalities if m.listed)

    def target(self, cohort: int, event_time: int) -> float:
        """Target effect in workdays; 0 before the first year with any."""
        if event_time < 0:
            base = self.lead[-event_time - 1] if -event_time <= len(self.lead) else 0.0
        else:
            base = self.ramp[min(event_time, len(self.ramp) - 1)]
        return base * self.cohort_scale.get(cohort, 1.0)


_CONTROLS = (
    ("0105", 340),
    ("0219", 650),
    ("0301", 1500),
    ("0501", 180),
    ("0602", 450),
    ("0806", 260),
    ("0906", 120),
    ("1103", 1000),
    ("1824", 75),
    ("2030", 40),
)
_OUTSIDE = (
    ("0104", 190),
    ("0403", 150),
    ("0709", 210),
    ("1001", 320),
    ("1149", 95),
    ("1504", 170),
    ("1703", 60),
    ("1833", 130),
    ("1902", 280),
    ("2004", 45),
)


def _reference_study() -> Scenario:
    treated = Municipality("1804", 521, dt.date(2016, 3, 1), PROGRAMME)
    controls = tuple(Municipality(code, size, listed=True) for code, size in _CONTROLS)
    outside = [Municipality(code, size) for code, size in _OUTSIDE]
    outside[5] = replace(outside[5], start=dt.date(2014, 9, 1), programme="supported employment")
    everyone = tuple(sorted((treated, *controls, *outside), key=lambda m: m.code))
    return Scenario(
        name="reference-study",
        title_en="IPS for young adults: one municipality and ten comparison municipalities",
        title_nb="IPS for unge voksne: én kommune og ti sammenligningskommuner",
        title_nn="IPS for unge vaksne: éin kommune og ti samanlikningskommunar",
        first_year=2011,
        last_year=2019,
        municipalities=everyone,
        comparison="listed",
        assignment="fixed by the scenario, the same in every seed and so independent of all work histories and "
        "shocks: municipality 1804 starts IPS on 2016-03-01, no other municipality ever does",
    )


def _no_effect() -> Scenario:
    return replace(
        _reference_study(),
        name="no-effect",
        title_en="IPS for young adults: rehearsal without any effect",
        title_nb="IPS for unge voksne: prøve uten noen effekt",
        title_nn="IPS for unge vaksne: prøve utan nokon verknad",
        ramp=(0.0,),
    )


# a place of each size twice compares with those that start; all are large, so that what is wrong shows in every seed
_STARTING = ("0106", "0237", "0502", "0706", "1002", "1102", "1201", "1601", "1804", "1902")
_STARTING_SIZES = (400, 900, 650, 500, 1100, 1400, 750, 1200, 521, 600)
_WAITING = (
    ("0104", 700), ("0213", 500), ("0219", 1500), ("0220", 800), ("0402", 350), ("0403", 400), ("0501", 450),
    ("0602", 900), ("0605", 420), ("0704", 600), ("0805", 550), ("0806", 650), ("0906", 600), ("1001", 1000),
    ("1103", 1600), ("1149", 380), ("1504", 500), ("1702", 360), ("1805", 330), ("2012", 410),
)  # fmt: skip
_THIRTY_START = dt.date(2017, 3, 1)


def _thirty(name: str, title_en: str, title_nb: str, title_nn: str, assignment: str) -> Scenario:
    """Ten municipalities that start together and twenty that never do, 2011-2020."""
    starting = zip(_STARTING, _STARTING_SIZES, strict=True)
    places = [Municipality(code, size, _THIRTY_START, PROGRAMME) for code, size in starting]
    places += [Municipality(code, size) for code, size in _WAITING]
    return Scenario(
        name=name,
        title_en=title_en,
        title_nb=title_nb,
        title_nn=title_nn,
        first_year=2011,
        last_year=2020,
        municipalities=tuple(sorted(places, key=lambda m: m.code)),
        comparison="never",
        assignment=assignment,
    )


def _diverging_trends() -> Scenario:
    thirty = _thirty(
        "diverging-trends",
        "IPS for young adults: rehearsal without effect, on diverging trends",
        "IPS for unge voksne: prøve uten effekt, med ulike trender",
        "IPS for unge vaksne: prøve utan verknad, med ulike trendar",
        "fixed by the scenario, the same in every seed: ten of thirty municipalities start IPS on 2017-03-01, those "
        "whose workdays rise by 1.8 a year more than elsewhere, before the start and after it",
    )
    return replace(thirty, ramp=(0.0,), trend=1.8)


def _anticipation() -> Scenario:
    thirty = _thirty(
        "anticipation",
        "IPS for young adults: rehearsal with an effect that begins before the start on record",
        "IPS for unge voksne: prøve med en effekt som begynner før registrert start",
        "IPS for unge vaksne: prøve med ein verknad som byrjar før registrert start",
        "fixed by the scenario, the same in every seed and so independent of all work histories and shocks: ten of "
        "thirty municipalities start IPS on 2017-03-01, and work begins to change a year before that",
    )
    return replace(thirty, lead=(5.0,), ramp=(7.0, 9.0, 10.5))


def _composition_shift() -> Scenario:
    thirty = _thirty(
        "composition-shift",
        "IPS for young adults: rehearsal where work through IPS ends the benefit",
        "IPS for unge voksne: prøve der arbeid gjennom IPS avslutter ytelsen",
        "IPS for unge vaksne: prøve der arbeid gjennom IPS avsluttar ytinga",
        "fixed by the scenario, the same in every seed and so independent of all work histories and shocks: ten of "
        "thirty municipalities start IPS on 2017-03-01; who through it comes to work enough leaves the benefit",
    )
    return replace(thirty, ramp=(6.0, 14.0, 20.0, 24.0), exit_position=9000)


_MERGED, _ENLARGED, _SPLIT, _RENUMBERED = (dt.date(year, 1, 1) for year in (2019, 2016, 2015, 2018))
_REFORMS: dict[str, tuple[Municipality, ...]] = {
    # one that starts and one that never does become one
    "0106": (Municipality("0106", 400, _THIRTY_START, PROGRAMME, recodings=((_MERGED, "0190"),)),),
    "0104": (Municipality("0104", 700, recodings=((_MERGED, "0190"),)),),
    # 1149 becomes a part of 1103, whose code stays
    "1149": (Municipality("1149", 380, recodings=((_ENLARGED, "1103"),)),),
    # one becomes two
    "0219": (
        Municipality("0231", 1000, first_code="0219", recodings=((_SPLIT, "0231"),)),
        Municipality("0232", 500, first_code="0219", recodings=((_SPLIT, "0232"),)),
    ),
    # three have other numbers after the start
    "1102": (Municipality("1102", 1400, _THIRTY_START, PROGRAMME, recodings=((_RENUMBERED, "5102"),)),),
    "1601": (Municipality("1601", 1200, _THIRTY_START, PROGRAMME, recodings=((_RENUMBERED, "5001"),)),),
    "1001": (Municipality("1001", 1000, recodings=((_RENUMBERED, "4204"),)),),
}


def _municipality_reform() -> Scenario:
    thirty = _thirty(
        "municipality-reform",
        "IPS for young adults: rehearsal with a municipal reform inside the study years",
        "IPS for unge voksne: prøve med en kommunereform i studieårene",
        "IPS for unge vaksne: prøve med ei kommunereform i studieåra",
        "fixed by the scenario, the same in every seed and so independent of all work histories and shocks: ten of "
        "thirty-one places start IPS on 2017-03-01; reforms change codes, and nothing else",
    )
    places = [place for m in thirty.municipalities for place in _REFORMS.get(m.code, (m,))]
    return replace(thirty, municipalities=tuple(sorted(places, key=lambda m: m.code)))


_COHORTS = {2013: 8, 2014: 6, 2016: 18, 2017: 25, 2018: 30, 2019: 30, 2020: 30, 2021: 30, 2022: 23}
_SCALES = {2013: 1.3, 2014: 1.2, 2016: 1.1, 2017: 1.0, 2018: 1.0, 2019: 0.9, 2020: 0.8, 2021: 0.8, 2022: 0.7}
_LARGEST = (4000.0, 1300.0, 950.0, 800.0, 640.0, 520.0)
_FIRST, _LAST, _COUNT, _MEDIAN, _SPREAD = 2011, 2025, 350, 22.0, 1.3


def _national_rollout() -> Scenario:
    from scipy.special import ndtri

    fixed = np.random.default_rng(20130101)  # the map of the country, not of a seed
    shares = (np.arange(_COUNT) + 0.5) / _COUNT
    sizes = np.maximum(1.0, np.round(_MEDIAN * np.exp(_SPREAD * ndtri(shares))))
    sizes[-len(_LARGEST) :] = sorted(_LARGEST)
    fixed.shuffle(sizes)
    counties = [county for county in range(1, 21) if county not in (13, 17)]
    codes = [f"{counties[i % len(counties)]:02d}{i // len(counties) + 1:02d}" for i in range(_COUNT)]
    # larger municipalities adopt, and adopt earlier, more often; nothing else decides
    order = np.argsort(-(0.7 * np.log(sizes) + fixed.gumbel(size=_COUNT)))
    start: dict[int, dt.date] = {}
    position = 0
    for cohort, count in _COHORTS.items():
        for unit in order[position : position + count]:
            start[int(unit)] = dt.date(cohort, int(fixed.integers(1, 7)), 1)
        position += count
    municipalities = [
        Municipality(codes[i], float(sizes[i]), start.get(i), PROGRAMME if i in start else "") for i in range(_COUNT)
    ]
    return Scenario(
        name="national-rollout",
        title_en="IPS for young adults: staggered national rollout",
        title_nb="IPS for unge voksne: trinnvis nasjonal innføring",
        title_nn="IPS for unge vaksne: trinnvis nasjonal innføring",
        first_year=_FIRST,
        last_year=_LAST,
        municipalities=tuple(sorted(municipalities, key=lambda m: m.code)),
        comparison="not yet",
        assignment="fixed by the scenario, the same in every seed: 200 of 350 municipalities adopt in 2013-2022, "
        "larger ones more often and earlier; independent of all work histories and shocks",
        cohort_scale=_SCALES,
    )


_SCENARIOS = {
    "reference-study": _reference_study,
    "no-effect": _no_effect,
    "national-rollout": _national_rollout,
    "diverging-trends": _diverging_trends,
    "anticipation": _anticipation,
    "composition-shift": _composition_shift,
    "municipality-reform": _municipality_reform,
}
SCENARIOS = tuple(_SCENARIOS)


def scenario(name: str) -> Scenario:
    """The scenario of that name. Raises ValueError, naming the valid ones."""
    if name not in _SCENARIOS:
        raise ValueError(f"unknown scenario {name!r}; valid: {', '.join(SCENARIOS)}")
    return _SCENARIOS[name]()
