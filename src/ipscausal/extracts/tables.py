"""The tables a study is delivered in, declared once.

From these declarations come the check of the delivered columns and types (`extracts`), the column rules
of the contract, the data dictionary (`contract.dictionary`), the acceptance test of the synthetic registry
and the type check of what staging makes. They lie here and not in `contract` because registering needs them
and imports point downwards; `contract` publishes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["person", "code", "category", "date", "month", "year", "percent", "covariate", "measure", "period"]

# what a delivered column may be, by kind; the words appear in messages
ACCEPTED: dict[Kind, tuple[str, ...]] = {
    "person": ("integer", "text"),
    "code": ("text",),
    "category": ("text", "integer"),
    "date": ("date", "timestamp"),
    "month": ("integer", "text"),
    "year": ("integer", "text"),
    "percent": ("number", "integer"),
    "measure": ("number", "integer"),
    "covariate": ("integer", "text", "yes/no", "number"),
    "period": ("integer", "text", "date", "timestamp"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One declared column. `needed`: must be delivered. `filled`: an empty cell is a finding.

    allowed: the values that have a meaning, () for any. layout: the only one the column belongs to, "" for any.
    """

    name: str
    kind: Kind
    meaning: str
    needed: bool = True
    filled: bool = True
    allowed: tuple[str, ...] = ()
    layout: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One declared table and the name under which the engine sees it. `csv`: may be delivered as CSV."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    meaning: str
    csv: bool = False

    @property
    def view(self) -> str:
        """Name of the view in the engine."""
        return f"extract_{self.name}"

    def column(self, name: str) -> Column:
        """The declared column `name`."""
        return next(column for column in self.columns if column.name == name)


SEXES = {"woman": ("2", "f", "k", "w", "female", "kvinne", "woman"), "man": ("1", "m", "male", "mann", "man")}

_PERSON = Column("person_id", "person", "Pseudonym of the person: integer or text, the same kind in all tables.")
_START = Column("start_date", "date", "First day of the spell.")
_END = Column("end_date", "date", "Last day (inclusive) or day after (exclusive); empty = ongoing.", False, False)
_SOURCE = Column("source", "category", "Register the row comes from, where several make up the table.", False, False)
_EXTRACTED = Column(
    "extract_date", "date", "Day of extraction: of several reports of one thing the latest counts.", False, False
)
PERIODS = (
    Column(
        "month", "period", 'With layout "monthly": the month, as YYYYMM or YYYY-MM or a date in it.',
        True, False, layout="monthly",
    ),
    Column(
        "week", "period", 'With layout "weekly": the ISO week, as YYYYWW or YYYY-Www or a date in it.',
        True, False, layout="weekly",
    ),
    Column(
        "year", "period", 'With layout "annual": the calendar year, or a date in it.',
        True, False, layout="annual",
    ),
)  # fmt: skip
_REPORT = (_SOURCE, _EXTRACTED, *PERIODS)
_CODE = Column("municipality", "code", "Municipality code as text, leading zeros kept (four digits in Norway).")

PERSONS = Table(
    "persons",
    (
        _PERSON,
        Column("birth_date", "date", "Date of birth; or deliver birth_month.", False),
        Column("birth_month", "month", "Month of birth as YYYYMM; counts as the first day of the month.", False, False),
        Column("sex", "category", "Sex.", True, True, SEXES["woman"] + SEXES["man"]),
        Column("death_date", "date", "Date of death; empty = alive.", False, False),
    ),
    ("person_id",),
    "One row per person; any further column may be named as a covariate in the study file.",
)
RESIDENCE = Table(
    "residence",
    (_PERSON, _CODE, _START, _END, *_REPORT),
    ("person_id", "start_date"),
    "Where a person is registered as resident, as spells or by month, week or year; one municipality at a time.",
)
EMPLOYMENT = Table(
    "employment",
    (
        _PERSON,
        Column("employer_id", "category", "Pseudonym of the employer.", False, False),
        _START,
        _END,
        Column("position_pct", "percent", "Agreed position in percent (100 = full time), for workdays.", True, False),
        Column("job_id", "category", "Pseudonym of the job, where one employer has several of a person.", False, False),
        Column("job_kind", "category", "Kind of the job: ordinary, subsidised, apprentice, ...", False, False),
        Column("hours", "measure", "Agreed weekly hours.", False, False),
        Column("earnings", "measure", "Amount paid for the days of the row.", False, False),
        *_REPORT,
    ),
    (),
    "One row per job spell, or per job and month; a person may hold several jobs at once.",
)
BENEFITS = Table(
    "benefits",
    (_PERSON, Column("benefit", "category", "Name or code of the benefit."), _START, _END, *_REPORT),
    (),
    "Benefits as spells, or by month, week or year; the study names the benefit that defines its population.",
)
ROLLOUT = Table(
    "rollout",
    (
        Column("municipality", "code", _CODE.meaning),
        Column("start_date", "date", "First day of the programme in the municipality."),
        Column("end_date", "date", "Last day of the programme there; empty = ongoing.", False, False),
        Column("programme", "category", "Name of the programme, where the file lists several.", False, False),
        Column("fidelity", "measure", "Fidelity score in these days; needed for the dose 'fidelity'.", False, False),
        Column("participants", "measure", "Participants a year in these days; for the dose 'reach'.", False, False),
    ),
    (),
    "When the programme started in each municipality; absent = never treated.",
    csv=True,
)
MUNICIPALITIES = Table(
    "municipalities",
    (
        _CODE,
        Column("year", "year", "Calendar year the row is about; empty = all years.", False, False),
        Column("type", "category", "Type of municipality; the dimension 'municipality type'.", False, False),
        Column("unit", "category", "What it belongs to: a health trust, a region; for a study by units.", False, False),
    ),
    ("municipality", "year"),
    "Optional: every municipality whose programme status is known, treated or not; any further column of numbers may "
    "be named as a municipality covariate in the study file.",
    csv=True,
)
NEIGHBOURS = Table(
    "neighbours",
    (_CODE, Column("neighbour", "code", "A municipality that borders on it; named in one direction or in both.")),
    ("municipality", "neighbour"),
    "Optional: which municipalities border on each other, for the check of spill-over.",
    csv=True,
)
MUNICIPALITY_CHANGES = Table(
    "municipality_changes",
    (
        Column("old_code", "code", "Municipality code before the change."),
        Column("new_code", "code", "Code of the area, or of a part of it, from that day on; the same = it goes on."),
        Column("date", "date", "First day of the new code; or one day for all rows in the study file.", False),
    ),
    ("old_code", "new_code", "date"),
    "Optional: which municipality codes became which, and when, for municipalities = 'harmonised'. The changes of "
    "classification 131 in KLASS, and its correspondence tables, read as they are.",
    csv=True,
)
EDUCATION = Table(
    "education",
    (_PERSON, _START, _END),
    (),
    "Optional: spells in education, for the outcomes on persons in neither employment, education nor training (NEET).",
)
PRICE_INDEX = Table(
    "price_index",
    (
        Column("year", "year", "Calendar year."),
        Column("index", "measure", "Price index of the year, of any base."),
    ),
    ("year",),
    "Optional: for earnings in the prices of the year that outcome.prices_of names.",
    csv=True,
)
TABLES = (
    PERSONS, RESIDENCE, EMPLOYMENT, BENEFITS, ROLLOUT, MUNICIPALITIES, NEIGHBOURS, MUNICIPALITY_CHANGES, EDUCATION,
    PRICE_INDEX,
)  # fmt: skip
