-- model: person_year_outcome
-- grain: one row per person-year of the study and outcome that is not zero (person_id, year, outcome)
-- reads: population, study_outcome, employment_year, benefit_year
-- params: none
-- amount: a whole number in the unit of the outcome's kind (workdays in 1/10000 day). A zero adds nothing and is left
-- out, so that absent rows are zeros: no job and no benefit are zeros, not gaps.
with person_years as (
    select person_id, year, municipality
    from population
),

outcomes as (
    select outcome, kind
    from study_outcome
),

employment as (
    select person_id, year, workdays_e4, employment_days, employed
    from employment_year
),

benefits as (
    select person_id, year, benefit_days
    from benefit_year
),

amounts as (
    select employment.person_id, employment.year, outcomes.outcome, cast(employment.workdays_e4 as bigint) as amount
    from employment
    inner join outcomes on outcomes.kind = 'workdays'
    union all
    select employment.person_id, employment.year, outcomes.outcome, cast(employment.employed as bigint) as amount
    from employment
    inner join outcomes on outcomes.kind = 'employed'
    union all
    select employment.person_id, employment.year, outcomes.outcome, cast(employment.employment_days as bigint) as amount
    from employment
    inner join outcomes on outcomes.kind = 'employment_days'
    union all
    select benefits.person_id, benefits.year, outcomes.outcome, cast(benefits.benefit_days as bigint) as amount
    from benefits
    inner join outcomes on outcomes.kind = 'benefit_days'
)

select
    person_years.person_id,
    person_years.year,
    person_years.municipality,
    amounts.outcome,
    amounts.amount
from person_years
inner join amounts on person_years.person_id = amounts.person_id and person_years.year = amounts.year
where amounts.amount <> 0
