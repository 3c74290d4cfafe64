-- model: municipality_year_pair_outcome
-- grain: one row per municipality, pair of different years and outcome (municipality, year, other_year, outcome)
-- reads: population, person_year_outcome
-- params: none
-- Over the persons counted in the municipality in both years, other_year before or after year: total of the outcome in
-- year, and product of its amounts in both. With municipality_year_outcome and municipality_year_pair they give the
-- sampling covariance of cell means over years. Absent rows are zeros.
with person_years as (
    select person_id, municipality, year
    from population
),

amounts as (
    select person_id, municipality, year, outcome, cast(amount as decimal(19, 0)) as amount
    from person_year_outcome
)

select
    amounts.municipality,
    amounts.year,
    others.year as other_year,
    amounts.outcome,
    cast(sum(amounts.amount) as decimal(38, 0)) as total,
    cast(coalesce(sum(amounts.amount * other_amounts.amount), 0) as decimal(38, 0)) as product
from amounts
inner join person_years as others
    on amounts.person_id = others.person_id
    and amounts.municipality = others.municipality
    and amounts.year <> others.year
left join amounts as other_amounts
    on others.person_id = other_amounts.person_id
    and others.year = other_amounts.year
    and amounts.outcome = other_amounts.outcome
group by amounts.municipality, amounts.year, others.year, amounts.outcome
