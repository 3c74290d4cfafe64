"""The ready study.toml of a scenario."""

from __future__ import annotations

from synthetic_registry.scenario import PROGRAMME, Scenario

_LISTED = """# Compared with the municipalities named here and no others; the registry holds ten more to choose from.
comparison = "listed"                   # listed | never | not yet
comparison_municipalities = [
{codes}
]"""
_NEVER = """# Compared with all municipalities that never start.
comparison = "never"                    # listed | never | not yet"""
_NOT_YET = """# Municipalities serve as comparison until they start: those that never start are mostly tiny, so the ones
# that start later carry most of the information about the early years.
comparison = "not yet"                  # listed | never | not yet"""

_NO_CHANGES = """# [extracts.municipality_changes]       # old_code, new_code, date; for municipalities = "harmonised"
# path = "municipality_changes.csv\""""
_CHANGES = """[extracts.municipality_changes]         # old_code, new_code, date; exports of KLASS read as they are
path = "municipality_changes.csv\""""
_CODES = """municipalities = "as registered"        # as registered | harmonised (joins what reforms divide)"""
_HARMONISED = """municipalities = "harmonised"           # as registered | harmonised (joins what reforms divide)"""

_DATES = """dates = "dates"                         # dates | epoch days (whole numbers: days since 1970-01-01)"""
_EPOCH_DAYS = """dates = "epoch days"                    # dates | epoch days (whole numbers: days since 1970-01-01)"""

_COHORT = """# Work ends the benefit here: each year's recipients are not those there would have been without IPS.
[[sensitivity]]
check = "baseline_cohort"               # those with the benefit before the start, whether or not it goes on
"""

_TEXT = """# Study file of the synthetic scenario {name}. Every choice here changes a number; folders, memory
# and threads are arguments of the commands. Unknown keys are errors.
schema_version = 1

[study]
id = "{name}"
title = {{ en = "{title_en}", nb = "{title_nb}", nn = "{title_nn}" }}
# draft | locked | amended: `ipscausal lock` fixes the plan, and a run then reports what is not as planned. A change may
# bear its day and reason: amendment = [{{ date = 2026-12-01, reason = "...", changes = ["population.ages"] }}]
plan = {{ status = "draft" }}

# Where each table lies below the extracts folder. Columns that are named otherwise in a delivery are mapped here:
# columns = {{ person_id = "lopenr", position_pct = "stillingsprosent" }}
[extracts.persons]
path = "persons.parquet"
# extracted = 2026-10-01                # the day a table was drawn from its register, of any table; the report tells it
[extracts.residence]
path = "residence.parquet"
layout = "{layout}"                       # spells | monthly (column month) | weekly (week) | annual (year)
end_date = "inclusive"                  # inclusive | exclusive; an empty end is ongoing
[extracts.employment]
path = "employment/*.parquet"
layout = "{layout}"
end_date = "inclusive"
{dates}
[extracts.benefits]
path = "benefits.parquet"
layout = "{layout}"
end_date = "inclusive"
[extracts.rollout]
path = "rollout.csv"
end_date = "inclusive"
[extracts.municipalities]               # optional: the municipalities whose programme status is known
path = "municipalities.csv"
# [extracts.education]                  # person_id, start_date, end_date; for neet_days and neet_on
# path = "education.parquet"
# [extracts.price_index]                # year, index; for earnings in the prices of one year
# path = "price_index.csv"
{changes}

# One person-year per calendar year with at least one day on the benefit. WAA began on 1 March 2010, so {first} is
# its first whole year.
[population]
years = [{first}, {last}]
period = "year"                         # year | quarter: rows, event times, windows and anticipation are then quarters
ages = [18, 29]                         # or "any"
age_rule = "1 January"                  # 1 January | birth year | receipt day
benefit = "WAA"
# any day in the year | 1 January | on a date (receipt_day = "06-30") | baseline cohort | everyone | no benefit
# | entry (follow_up_months = 12, residence = "at entry")
receipt = "any day in the year"
gap_months = 0                          # months without receipt that end it; 2 = as NAV counts new recipients and exits
residence = "1 January"                 # 1 January | on a date (residence_day) | majority of the year | before rollout
emigration = "keep"                     # keep | ends the risk time: nothing after the last day of residence counts
deaths = "keep"                         # keep (days to death) | drop the year of death
incomplete_last_year = "drop"           # drop | keep | error: a last year that the extracts do not hold whole
{municipalities}
units = "municipality"                  # municipality | unit: the column unit of the municipalities table

# Persons whom the programme is not for, in the same run: their own effect is a placebo, and that on the gap between the
# two populations the triple difference. Keys of [population] that differ, such as other ages; here IPS reaches all ages
# on WAA.
# [second_population]
# name = {{ en = "Residents without WAA", nb = "Innbyggere uten AAP", nn = "Innbyggjarar utan AAP" }}
# receipt = "no benefit"

# Workdays: working days of the year times position, summed over jobs and capped at full time each day.
# Others: competitive_days | competitive_employed | sustained_13 | sustained_26 | hours | earnings | neet_days
# | work_without_benefit | days_to_job, and those under [[outcome.define]].
[outcome]
name = "workdays"
also = ["employed", "employment_days", "benefit_days"]
country = "NO"
days = "working days"                   # working days | weekdays | calendar days
measure = "position"                    # position | any job
cap = true
excluded_job_kinds = ["wage subsidy", "sheltered"]  # no competitive employment; a job of unknown kind is
sustained_gap_days = 0                  # calendar days without a job that do not break a run of employment
hours = "agreed a week"                 # agreed a week | total of the row: what the column hours says
# earnings_cap = 1000000                # a person's earnings of a year count up to it; needed for them to leave
# currency = "NOK"                      # what earnings are told in
# prices_of = {last}                      # earnings in the prices of this year; needs [extracts.price_index]
break_years = []                        # e.g. [2015], where a new register of jobs begins: drawn and tested

# An outcome of a kind with its parameters: jobs = "competitive", benefit, date (MM-DD), weeks. Its name begins with the
# kind; name it in also.
# [[outcome.define]]
# name = "employed_on_midsummer"
# kind = "employed_on"
# date = "06-30"

[design]
treated = "rollout"                     # or a list of municipalities
programme = "{programme}"                       # rows of rollout.csv with another programme are not this treatment
{comparison}
cluster = "municipality"                # municipality | unit: what starts, and what ranks and errors act on
mixed_units = "{mixed}"                   # error | drop | treated | partial: units that start in a part of them
first_treated_year = "year of start"    # year of start (partial exposure) | first full year
after_end = "error"                     # error | still treated | drop
anticipation = 0
event_window = [-4, 3]
outside = "bin"                         # bin | drop
reference = -1
covariates = []                         # e.g. ["age", "sex", "country_group"]
person_effects = "none"                 # none | first | separate | exclude: whose municipality a mover's years have
estimators = []                         # [] = those that fit the starts; or e.g. ["att_gt", "imputation"]

[inference]
level = 0.95
seed = 20261121
draws = 9999                            # where a distribution is sampled
calibration_draws = 2000                # copies of the panel that methods are tried on first; 0 = choose by counts
primary = "advise"                      # advise (before outcomes after the start are used) | panel | re_did | ...

# Does the effect differ between groups? Exploratory, unless the plan is locked and names them here.
[heterogeneity]
by = ["sex", "age band", "prior work"]  # or "municipality type", or any column of persons
age_bands = [18, 25]                    # the youngest age of each band

# Attacks on the answer beside the standard ones: the persons are counted again with one choice made otherwise.
[[sensitivity]]
check = "movers"                        # movers | baseline_cohort | comparison_group | placebo_population | ...
[[sensitivity]]
check = "outcome_definition"
measure = "any job"
{more}
# work-years = effect x persons / days_per_work_year
[work_years]
days_per_work_year = 230
persons = "treated, mean of exposed years"
period = "per calendar year"

# strict (the default) | ssb | nav | dst | opensafely | acro | microdata_no; any rule of a set is tightened by naming it
# here (rounding = "base 5", min_municipalities = 5, ...), and loosened only with exception = "why", for the checker
[disclosure]
ruleset = "ssb"
min_persons = 10

[verify]
run = false

[report]
languages = ["en", "nb"]                     # and "nn"
formats = ["html", "pdf"]              # html | pdf | docx (needs the extra `word`)
checklists = ["TARGET", "RECORD"]       # answered in the report; [] = none

# The trial that would answer the question, in your words where the report's do not fit: one text, or one a language.
# Also strategies, assignment, time_zero, follow_up, outcome, contrast, assumptions, analysis.
# [target_trial]
# eligibility = {{ en = "Young adults on WAA", nb = "Unge voksne med AAP", nn = "Unge vaksne med AAP" }}

# What no number tells and checklists ask for.
# [statements]
# data_access = "..."
# ethics = "..."
# funding = "..."
# interests = "..."
"""


def study_text(scenario: Scenario, layout: str = "spells") -> str:
    """The study file of a registry in a layout, commented."""
    codes = [f'"{code}"' for code in scenario.listed]
    lines = ["  " + ", ".join(codes[i : i + 5]) + "," for i in range(0, len(codes), 5)]
    listed = _LISTED.format(codes="\n".join(lines))
    comparison = {"listed": listed, "never": _NEVER, "not yet": _NOT_YET}[scenario.comparison]
    return _TEXT.format(
        name=scenario.name,
        layout=layout,
        dates=_EPOCH_DAYS if layout == "monthly" else _DATES,
        title_en=scenario.title_en,
        title_nb=scenario.title_nb,
        title_nn=scenario.title_nn,
        first=scenario.first_year,
        last=scenario.last_year,
        programme=PROGRAMME,
        comparison=comparison,
        more=_COHORT if scenario.exit_position else "",
        changes=_CHANGES if scenario.reformed else _NO_CHANGES,
        municipalities=_HARMONISED if scenario.reformed else _CODES,
        mixed="drop" if scenario.reformed else "error",
    )
