"""The rules of the contract: what is counted, how grave it is, what the software does, what to do.

Every rule points at a column of a check in `sql/checks`; its denominator is another column of the same check.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ipscausal.study import SpellExtract, Study

Severity = Literal["error", "warning"]


def _always(_: Study) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `name` is stable and unique; `unit` is what `count` and `of` count.

    says: what is wrong, as a sentence without its count. treatment: what the software does with it
    (errors stop, so there it is "stops the run"). column: "" where the rule is about whole rows or tables. beyond: the
    share of `of` that is no finding yet.
    """

    name: str
    table: str
    column: str
    severity: Severity
    says: str
    treatment: str
    remedy: str
    check: str
    count: str
    of: str = "total"
    unit: str = "rows"
    applies: Callable[[Study], bool] = _always
    beyond: float = 0.0


STOPS = "stops the run"
_ASK = "ask the registry owner to correct the delivery"


def layout_of(study: Study, table: str) -> str:
    """The layout of a table of spells in the study; nothing where it is not delivered."""
    extract: SpellExtract | None = getattr(study.extracts, table)
    return "" if extract is None else extract.layout


def _spell_rules(table: str, rows: str, uses: str) -> tuple[Rule, ...]:
    """Rules that every spell table has. rows: what a row is called; uses: what a stranger's row would have done."""
    check = f"check_{table}"
    stranger = "check_employment_stranger" if table == "employment" else check
    return (
        Rule(
            f"{table}_person_missing", table, "person_id", "error",
            f"{rows} without a person", STOPS, _ASK, check, "person_missing",
        ),
        Rule(
            f"{table}_start_missing", table, "start_date", "error",
            f"{rows} without a start date", STOPS, _ASK, check, "start_missing",
        ),
        Rule(
            f"{table}_period_malformed", table, "", "error",
            f"{rows} whose month, week or year is empty or no period", STOPS,
            "write months as YYYYMM, weeks as YYYY-Www, years as YYYY, or deliver a date in them", check,
            "period_malformed", applies=lambda study: layout_of(study, table) != "spells",
        ),
        Rule(
            f"{table}_outside_period", table, "start_date", "warning",
            f"{rows} whose own start and end leave no day of their month, week or year", "left out",
            "none needed where something ended is reported later", check, "outside_period",
            applies=lambda study: layout_of(study, table) != "spells",
        ),
        Rule(
            f"{table}_start_after_end", table, "end_date", "error",
            f"{rows} that end before they start", STOPS,
            f"{_ASK}; check that start and end are not swapped in [extracts.{table}] columns", check, "start_after_end",
        ),
        Rule(
            f"{table}_impossible_date", table, "start_date", "error",
            f"{rows} with a date outside the years 1800-9999", STOPS, _ASK, check, "impossible_date",
        ),
        Rule(
            f"{table}_empty_year", table, "start_date", "error",
            f"study years in which no {rows[:-1]} covers a day", STOPS,
            "ask for the missing years or shorten population.years"
            + ("; check population.benefit against the values in the delivery" if table == "benefits" else ""),
            check, "empty_years", "study_years", "years",
        ),
        Rule(
            f"{table}_stranger", table, "person_id", "warning",
            f"{rows} of persons who are not in persons", uses,
            "expected where the extract was cut by person later; else ask for the missing persons",
            stranger, "stranger",
        ),
        Rule(
            f"{table}_no_days", table, "end_date", "warning",
            f"{rows} that end on the day they start and so cover no day (exclusive end)", "left out",
            f'if one-day spells look like this, set end_date = "inclusive" in [extracts.{table}]', check, "no_days",
        ),
        Rule(
            f"{table}_far_end", table, "end_date", "warning",
            f"{rows} that end more than ten years after the study", "count as ongoing to the end of the study",
            "none needed if the date stands for 'ongoing'; empty is clearer", check, "far_end",
        ),
    )  # fmt: skip


def _undated(table: str, rows: str) -> Rule:
    return Rule(
        f"{table}_year_without_dates", table, "year", "warning", f"{rows} of a year that say no days of it",
        "count as all days of the year", "days inside the year cannot be told apart: choose outcomes that do not ask",
        f"check_{table}", "undated", applies=lambda study: layout_of(study, table) == "annual",
    )  # fmt: skip


def _no_start(table: str, rows: str) -> Rule:
    return Rule(
        f"{table}_year_without_start", table, "start_date", "warning",
        f"study years in which {rows} run but none begins", "counted as delivered",
        "check that the delivery is updated through the last study year and complete in between",
        f"check_{table}", "years_without_start", "study_years", "years",
    )  # fmt: skip


PERSON_RULES = (
    Rule(
        "persons_person_missing", "persons", "person_id", "error", "rows without a person", STOPS, _ASK,
        "check_persons", "person_missing",
    ),
    Rule(
        "persons_repeated", "persons", "person_id", "error", "rows that repeat a person", STOPS,
        "deliver one row per person", "check_persons", "repeated_person",
    ),
    Rule(
        "persons_birth_unknown", "persons", "birth_date", "warning",
        "persons without a birth date or a valid birth month", "left out of the population", _ASK,
        "check_persons", "birth_unknown", unit="persons",
    ),
    Rule(
        "persons_sex_unknown", "persons", "sex", "warning", "persons whose sex is empty or not a known code",
        "counted as no woman; left out where sex is a covariate",
        "deliver F/M, K/M, 1 = man and 2 = woman, or map the column", "check_persons", "sex_unknown", unit="persons",
    ),
    Rule(
        "persons_death_before_birth", "persons", "death_date", "warning", "persons who die before they are born",
        "days after the date of death do not count", _ASK, "check_persons", "death_before_birth", unit="persons",
    ),
)  # fmt: skip

RESIDENCE_RULES = (
    *_spell_rules("residence", "residence rows", "never used"),
    Rule(
        "residence_malformed", "residence", "municipality", "error",
        "rows whose municipality is not four digits", STOPS,
        "export the code as text with its leading zero (0301, not 301)", "check_residence", "malformed",
    ),
    Rule(
        "residence_unknown", "residence", "municipality", "warning",
        "rows without a known municipality (empty, 0000, 9999, -1, -2)", "these days count as without residence",
        "none needed if the registry could not place the person", "check_residence", "unknown",
    ),
    Rule(
        "residence_conflict", "residence", "municipality", "error",
        "recipients registered in two municipalities on the same day of the study", STOPS,
        'if a spell ends on the day the next begins, set end_date = "exclusive" in [extracts.residence]; '
        "else ask for one municipality at a time",
        "check_spell_repeats", "conflicting", "recipients", "persons",
    ),
    Rule(
        "residence_repeated", "residence", "", "warning", "exact duplicates of residence rows of recipients",
        "count once", "none needed", "check_spell_repeats", "residence_repeated", "residence_total",
    ),
)  # fmt: skip

BENEFIT_RULES = (
    *_spell_rules("benefits", "benefit rows", "left out of the population"),
    _no_start("benefits", "benefits"),
    _undated("benefits", "benefit rows"),
    Rule(
        "benefits_young", "benefits", "start_date", "warning",
        "the study's benefit begins after the first study day", "recipients are counted from its first day on",
        "if the benefit was introduced then, start population.years with its first full year",
        "check_benefits", "benefit_is_young", "benefit_is_young", "benefits",
    ),
    Rule(
        "benefits_after_death", "benefits", "end_date", "warning", "benefit rows that run on after death",
        "days after the day of death do not count", "none needed if payments run to the end of the month",
        "check_benefits", "after_death",
    ),
    Rule(
        "benefits_repeated", "benefits", "", "warning", "exact duplicates of benefit rows", "count once",
        "none needed", "check_spell_repeats", "benefit_repeated", "benefit_total",
    ),
)  # fmt: skip

EMPLOYMENT_RULES = (
    *_spell_rules("employment", "job rows", "never used"),
    _no_start("employment", "jobs"),
    _undated("employment", "job rows"),
    Rule(
        "employment_source_change", "employment", "source", "warning",
        "study years whose jobs mostly come from another source than those of the year before",
        "counted as delivered: a change of level that comes with it is read as a change of work",
        "name the year in outcome.break_years, so that it is drawn and asked for a placebo effect",
        "check_employment", "source_changes", "study_years", "years",
    ),
    Rule(
        "employment_reported_again", "employment", "extract_date", "warning",
        "job rows of recipients that another report of the same job replaces",
        "the latest extract counts; of several rows of a job and month the largest position, and amounts are added",
        "none needed where later extracts restate what earlier ones told; where an employer has several jobs of a "
        "person in a month, map job_id, or only the largest counts", "check_job", "reported_again",
    ),
    Rule(
        "employment_position_negative", "employment", "position_pct", "error", "job rows with a negative position",
        STOPS, _ASK, "check_employment", "position_negative",
    ),
    Rule(
        "employment_position_above", "employment", "position_pct", "warning", "job rows with a position above 100 %",
        "kept; a person's day is capped at full time unless outcome.cap = false",
        "check the unit if the share is large: 100 is full time", "check_employment", "position_above",
    ),
    Rule(
        "employment_position_share", "employment", "position_pct", "error",
        "job rows with a position, none of all above 1 %: shares from 0 to 1 and not percentages", STOPS,
        "multiply the column by 100 before delivery: 100 is full time", "check_employment", "position_share",
    ),
    Rule(
        "employment_position_missing", "employment", "position_pct", "warning", "job rows without a position",
        "count as employment, not as workdays", "ask whether an imputed position exists", "check_employment",
        "position_missing",
    ),
    Rule(
        "employment_position_zero", "employment", "position_pct", "warning", "job rows with a position of 0 %",
        "count as employment, not as workdays", "on-call contracts often look like this", "check_employment",
        "position_zero",
    ),
    Rule(
        "employment_repeated", "employment", "", "warning", "exact duplicates of job rows of recipients", "count once",
        "none needed", "check_job", "repeated",
    ),
    Rule(
        "employment_same_start", "employment", "start_date", "error",
        "most job rows of recipients share person, employer and start with another row of other content, as the months "
        "of one job do", STOPS,
        'if a row is a month, week or year of a job, set layout in [extracts.employment] to "monthly", "weekly" or '
        '"annual" and map its column; if one employer has several jobs of a person, map job_id; if rows are later '
        "reports of a job, map extract_date", "check_job", "same_start", "distinct_rows",
        applies=lambda study: layout_of(study, "employment") == "spells", beyond=0.5,
    ),
    Rule(
        "employment_overlapping", "employment", "start_date", "warning",
        "jobs of recipients that begin while another runs",
        "positions are summed per day and capped at full time unless outcome.cap = false", "none needed",
        "check_job", "overlapping", "distinct_total", "jobs",
    ),
    Rule(
        "employment_after_death", "employment", "end_date", "warning", "jobs of recipients that run on after death",
        "days after the day of death do not count", _ASK, "check_job", "after_death", "distinct_total", "jobs",
    ),
)  # fmt: skip
