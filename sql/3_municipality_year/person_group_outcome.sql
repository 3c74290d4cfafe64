-- model: person_group_outcome
-- grain: one row per municipality, set of years seen, year and outcome that somebody has (municipality, seen, year, outcome)
-- reads: person_effect_year, person_effect, person_year_outcome
-- params: none
-- Sums and sums of squares over the persons of person_group. Whole numbers in the unit of the outcome's kind; absent
-- rows are zeros.
with person_years as (
    select person_id, year, municipality
    from person_effect_year
),

effects as (
    select person_id, municipality, seen
    from person_effect
),

amounts as (
    select person_id, year, outcome, cast(amount as decimal(19, 0)) as amount
    from person_year_outcome
)

select
    effects.municipality,
    effects.seen,
    person_years.year,
    amounts.outcome,
    cast(sum(amounts.amount) as decimal(38, 0)) as total,
    cast(sum(amounts.amount * amounts.amount) as decimal(38, 0)) as squares
from person_years
inner join effects
    on person_years.person_id = effects.person_id and person_years.municipality = effects.municipality
inner join amounts on person_years.person_id = amounts.person_id and person_years.year = amounts.year
group by effects.municipality, effects.seen, person_years.year, amounts.outcome
