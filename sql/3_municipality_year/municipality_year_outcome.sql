-- model: municipality_year_outcome
-- grain: one row per municipality, year and outcome that somebody has (municipality, year, outcome)
-- reads: person_year_outcome
-- params: none
-- Sums and sums of squares over the persons of municipality_year: with them the regressions on the person rows are
-- exact. Whole numbers in the unit of the outcome's kind; absent rows are zeros.
with amounts as (
    select municipality, year, outcome, cast(amount as decimal(19, 0)) as amount
    from person_year_outcome
)

select
    municipality,
    year,
    outcome,
    cast(sum(amount) as decimal(38, 0)) as total,
    cast(sum(amount * amount) as decimal(38, 0)) as squares
from amounts
group by municipality, year, outcome
