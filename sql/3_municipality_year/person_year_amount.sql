-- model: person_year_amount
-- grain: one row per person-year of the study and outcome, zeros included (person_id, year, position)
-- reads: population, study_outcome, person_year_outcome
-- params: none
-- The outcomes as they are written to restricted/, made columns by position.
with person_years as (
    select person_id, year
    from population
),

outcomes as (
    select outcome
    from study_outcome
),

amounts as (
    select person_id, year, outcome, amount
    from person_year_outcome
)

select
    person_years.person_id,
    person_years.year,
    outcomes.outcome as position,
    coalesce(amounts.amount, 0) as value
from person_years
cross join outcomes
left join amounts
    on person_years.person_id = amounts.person_id
    and person_years.year = amounts.year
    and outcomes.outcome = amounts.outcome
