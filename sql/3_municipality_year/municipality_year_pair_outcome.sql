-- model: municipality_year_pair_outcome
-- grain: one row per municipality, pair of different years and outcome (municipality, year, other_year, outcome)
-- reads: population, person_stay, person_year_outcome
-- params: none
-- Over the persons counted in the municipality in both years, other_year before or after year: total of the outcome in
-- year, and product of its amounts in both. With municipality_year_outcome and municipality_year_pair they give the
-- sampling covariance of cell means over years. Absent rows are zeros.
-- A product is the same in both orders and is made once. Totals of persons counted in unbroken years are summed by first
-- and last year before they meet the other years.
with person_years as (
    select person_id, municipality, year
    from population
),

stays as (
    select person_id, municipality, first_year, last_year, unbroken
    from person_stay
    where first_year < last_year
),

amounts as (
    select person_id, municipality, year, outcome, cast(amount as decimal(19, 0)) as amount
    from person_year_outcome
),

years as (
    select distinct year
    from person_years
),

unbroken as (
    select
        amounts.municipality,
        amounts.year,
        amounts.outcome,
        stays.first_year,
        stays.last_year,
        cast(sum(amounts.amount) as decimal(38, 0)) as total
    from amounts
    inner join stays
        on amounts.person_id = stays.person_id
        and amounts.municipality = stays.municipality
        and stays.unbroken = 1
    group by amounts.municipality, amounts.year, amounts.outcome, stays.first_year, stays.last_year
),

broken as (
    select person_years.person_id, person_years.municipality, person_years.year
    from person_years
    inner join stays
        on person_years.person_id = stays.person_id
        and person_years.municipality = stays.municipality
        and stays.unbroken = 0
),

products as (
    select
        firsts.municipality,
        firsts.year,
        seconds.year as other_year,
        firsts.outcome,
        cast(sum(firsts.amount * seconds.amount) as decimal(38, 0)) as product
    from amounts as firsts
    inner join amounts as seconds
        on firsts.person_id = seconds.person_id
        and firsts.municipality = seconds.municipality
        and firsts.outcome = seconds.outcome
        and firsts.year < seconds.year
    group by firsts.municipality, firsts.year, seconds.year, firsts.outcome
),

sums as (
    select
        unbroken.municipality,
        unbroken.year,
        years.year as other_year,
        unbroken.outcome,
        unbroken.total,
        cast(0 as decimal(38, 0)) as product
    from unbroken
    inner join years
        on years.year between unbroken.first_year and unbroken.last_year
        and years.year <> unbroken.year
    union all
    select
        amounts.municipality,
        amounts.year,
        broken.year as other_year,
        amounts.outcome,
        cast(amounts.amount as decimal(38, 0)) as total,
        cast(0 as decimal(38, 0)) as product
    from amounts
    inner join broken
        on amounts.person_id = broken.person_id
        and amounts.municipality = broken.municipality
        and amounts.year <> broken.year
    union all
    select municipality, year, other_year, outcome, cast(0 as decimal(38, 0)) as total, product
    from products
    union all
    select municipality, other_year as year, year as other_year, outcome, cast(0 as decimal(38, 0)) as total, product
    from products
)

select
    municipality,
    year,
    other_year,
    outcome,
    cast(sum(total) as decimal(38, 0)) as total,
    cast(sum(product) as decimal(38, 0)) as product
from sums
group by municipality, year, other_year, outcome
