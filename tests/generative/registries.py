"""Hypothesis strategies for tiny nasty registries and the studies that read them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from generative.reference import Registry, Rules
from hypothesis import strategies as st

from ipscausal.study import Study

FIRST, LAST = 2014, 2016
TREATED, CONTROLS, ALWAYS, ELSEWHERE = "0101", ("0301", "0501"), "1103", "5001"
PEOPLE = (1, 2, 3, 4)

# the days on which mistakes happen: the edges of years, a leap day, Easter, a weekend, the ends of the window
EDGES = [
    dt.date(2013, 12, 31), dt.date(2014, 1, 1), dt.date(2014, 1, 2), dt.date(2014, 12, 31), dt.date(2015, 1, 1),
    dt.date(2015, 1, 3), dt.date(2015, 1, 4), dt.date(2015, 4, 2), dt.date(2015, 4, 6), dt.date(2015, 12, 31),
    dt.date(2016, 1, 1), dt.date(2016, 2, 28), dt.date(2016, 2, 29), dt.date(2016, 3, 1), dt.date(2016, 12, 31),
    dt.date(2017, 1, 1), dt.date(2011, 6, 15), dt.date(2018, 3, 3),
]  # fmt: skip
BIRTHS = [dt.date(1996, 2, 29), dt.date(1996, 1, 1), dt.date(1997, 12, 31), dt.date(1985, 1, 1), dt.date(1984, 12, 31)]
days = st.one_of(st.sampled_from(EDGES), st.dates(dt.date(2013, 6, 1), dt.date(2017, 6, 30)))
positions = st.one_of(
    st.none(),
    st.sampled_from([Decimal("0"), Decimal("100"), Decimal("50"), Decimal("33.33"), Decimal("120"), Decimal("0.01")]),
    st.decimals(0, 250, places=2),
)


@st.composite
def spells(draw: st.DrawFn, lengths: st.SearchStrategy[int | None]) -> tuple[dt.date, dt.date | None]:
    """Start and delivered end, which may be open."""
    start, length = draw(days), draw(lengths)
    return start, None if length is None else start + dt.timedelta(days=length)


SHORT_OR_LONG = st.one_of(st.integers(100, 800), st.integers(0, 3), st.integers(0, 800), st.none())
LONG = st.one_of(st.integers(200, 900), st.none(), st.integers(0, 400))


@st.composite
def residences(draw: st.DrawFn, person: int) -> list[tuple[int, str, dt.date, dt.date | None]]:
    """Where a person lives: consecutive spells, gaps allowed, at most one municipality a day."""
    starts = [dt.date(2000, 1, 1), *sorted(draw(st.lists(days, max_size=2, unique=True)))]
    codes = st.sampled_from([TREATED, *CONTROLS, TREATED, *CONTROLS, ALWAYS, ELSEWHERE])
    rows: list[tuple[int, str, dt.date, dt.date | None]] = []
    for i, start in enumerate(starts):
        following = starts[i + 1] if i + 1 < len(starts) else None
        end = following - dt.timedelta(days=1) if following else draw(st.sampled_from([None, None, start]))
        if draw(st.integers(0, 9)) < 9:
            rows.append((person, draw(codes), start, end))
    return rows


@st.composite
def registries(draw: st.DrawFn, late_control: dt.date) -> Registry:
    """A few persons, some of them only in spells, some without any spell; a control may start on `late_control`."""
    born = st.one_of(st.dates(dt.date(1990, 1, 1), dt.date(1996, 12, 31)), st.sampled_from(BIRTHS), days)
    died = st.one_of(st.none(), st.none(), st.none(), st.sampled_from(EDGES[1:-2]))
    persons = {person: (draw(born), draw(st.sampled_from(["F", "M"])), draw(died)) for person in PEOPLE[:-1]}
    residence = [row for person in PEOPLE for row in draw(residences(person))]
    jobs = st.tuples(st.sampled_from(PEOPLE), st.sampled_from(["a", "b", None]), spells(SHORT_OR_LONG), positions)
    employment = [(p, e, s[0], s[1], x) for p, e, s, x in draw(st.lists(jobs, min_size=6, max_size=16))]
    employment += draw(st.lists(st.sampled_from(employment), max_size=3))
    receipt = st.tuples(st.sampled_from(["WAA", "WAA", "WAA", "OTHER"]), spells(LONG))
    benefits = [(person, b, s[0], s[1]) for person in PEOPLE for b, s in draw(st.lists(receipt, max_size=2))]
    early = st.dates(dt.date(2013, 11, 1), dt.date(2015, 12, 31))
    benefits += [(person, "WAA", draw(early), draw(st.sampled_from([None, *EDGES[9:16]]))) for person in PEOPLE[1:]]
    start = draw(st.dates(dt.date(2015, 1, 1), dt.date(2015, 12, 31)))
    end = draw(st.one_of(st.none(), st.integers(1, 900).map(lambda n: start + dt.timedelta(days=n))))
    rollout = [(TREATED, start, end), (ALWAYS, draw(st.dates(dt.date(2012, 1, 1), dt.date(2014, 12, 31))), None)]
    rollout += draw(st.sampled_from([[], [(TREATED, start + dt.timedelta(days=400), None)]]))
    rollout += draw(
        st.sampled_from([[], [(CONTROLS[0], late_control, None), (CONTROLS[1], dt.date(2018, 1, 1), None)]])
    )
    return Registry(persons, residence, employment, benefits, rollout)


RECEIPTS = ("any day in the year", "baseline cohort", "1 January", "on a date", "entry", "everyone", "no benefit")
DAYS_OF_YEAR = ((1, 1), (2, 28), (3, 1), (6, 30), (12, 31))


@st.composite
def rules(draw: st.DrawFn) -> Rules:
    """Every choice of a study that person-years depend on."""
    receipt = draw(st.sampled_from(RECEIPTS))
    entry, on_a_date = receipt == "entry", receipt == "on a date"
    homes = ["before rollout"] + (["at entry"] if entry else ["1 January", "on a date", "majority of the year"])
    residence = draw(st.sampled_from(homes))
    return Rules(
        years=(FIRST, LAST),
        benefit="WAA",
        ages=draw(st.sampled_from([None, (10, 40), None, (18, 29), (0, 20)])),
        age_rule=draw(st.sampled_from(["1 January", "birth year", *["receipt day"] * (entry or on_a_date)])),
        receipt=receipt,
        residence=residence,
        deaths="keep" if entry else draw(st.sampled_from(["keep", "drop the year of death"])),
        days=draw(st.sampled_from(["working days", "weekdays", "calendar days"])),
        measure=draw(st.sampled_from(["position", "any job"])),
        cap=draw(st.booleans()),
        inclusive=draw(st.booleans()),
        controls=frozenset(CONTROLS),
        first_treated_year=draw(st.sampled_from(["year of start", "first full year"])),
        after_end=draw(st.sampled_from(["still treated", "drop"])),
        movers=draw(st.sampled_from(["keep", "keep", "exclude"])),
        receipt_day=draw(st.sampled_from(DAYS_OF_YEAR)) if on_a_date else (1, 1),
        gap_months=0 if receipt == "everyone" else draw(st.sampled_from([0, 0, 1, 2, 4])),
        follow_up_months=draw(st.sampled_from([1, 6, 12, 24])) if entry else None,
        residence_day=draw(st.sampled_from(DAYS_OF_YEAR)) if residence == "on a date" else (1, 1),
        emigration=draw(st.sampled_from(["keep", "ends the risk time"])),
    )


BASE = Rules(
    years=(2014, 2016), benefit="WAA", ages=(18, 35), age_rule="1 January", receipt="any day in the year",
    residence="1 January", deaths="keep", days="working days", measure="position", cap=True, inclusive=True,
    controls=frozenset(CONTROLS), first_treated_year="year of start", after_end="still treated",
)  # fmt: skip


@st.composite
def cases(draw: st.DrawFn) -> tuple[Registry, Rules]:
    """A registry and a study. A start in the last year is untreated in the window under "first full year" only."""
    chosen = draw(rules())
    late = dt.date(2016, 7, 1) if chosen.first_treated_year == "first full year" else dt.date(2017, 1, 1)
    return draw(registries(late)), chosen


def study_of(rules: Rules) -> Study:
    """The study file that says the same as `rules`."""
    end = "inclusive" if rules.inclusive else "exclusive"
    tables = ("persons", "residence", "employment", "benefits", "rollout")
    return Study.model_validate({
        "schema_version": 1,
        "study": {"id": "tiny", "title": {"en": "Tiny"}},
        "extracts": {table: {"path": f"{table}.parquet", "end_date": end} for table in tables},
        "work_years": {"days_per_work_year": 230},
        "population": {
            "years": rules.years, "ages": rules.ages or "any", "age_rule": rules.age_rule, "benefit": rules.benefit,
            "receipt": rules.receipt, "residence": rules.residence, "deaths": rules.deaths, "movers": rules.movers,
            "gap_months": rules.gap_months, "follow_up_months": rules.follow_up_months, "emigration": rules.emigration,
            "receipt_day": _text(rules.receipt_day) if rules.receipt == "on a date" else None,
            "residence_day": _text(rules.residence_day) if rules.residence == "on a date" else None,
        },
        "outcome": {"days": rules.days, "measure": rules.measure, "cap": rules.cap},
        "design": {
            "comparison": "listed", "comparison_municipalities": sorted(rules.controls),
            "first_treated_year": rules.first_treated_year, "after_end": rules.after_end,
        },
    })  # fmt: skip


def _text(day: tuple[int, int]) -> str:
    return f"{day[0]:02d}-{day[1]:02d}"
