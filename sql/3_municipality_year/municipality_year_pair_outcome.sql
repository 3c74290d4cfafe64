-- model: municipality_year_pair_outcome
-- grain: one row per municipality, pair of different years and outcome (municipality, year, other_year, outcome)
-- reads: population, person_stay, person_year_outcome
-- params: none
-- Over the persons counted in the municipality in both years, other_year before or after year: total of the outcome in
-- year, and product of its amounts in both. With municipality_year_outcome and municipality_year_pair they give the
-- sampling covariance of cell means over years. Absent rows are zeros.
-- A product is the same in both orders and is made once. Totals of persons counted in unbroken years are summed by first
-- and last year before they meet the other years. place is a number for the municipality, which groups faster than its
-- code.
with places as (
    select municipality, row_number() over (order by municipality) as place
    from (select distinct municipality from person_stay) as known
),

person_years as (
    select population.person_id, places.place, population.year
    from population
    inner join places on population.municipality = places.municipality
),

stays as (
    select person_stay.person_id, places.place, person_stay.first_year, person_stay.last_year, person_stay.unbroken
    from person_stay
    inner join places on person_stay.municipality = places.municipality
    where person_stay.first_year < person_stay.last_year
),

amounts as (
    select
        person_year_outcome.person_id, places.place, person_year_outcome.year, person_year_outcome.outcome,
        cast(person_year_outcome.amount as decimal(19, 0)) as amount
    from person_year_outcome
    inner join places on person_year_outcome.municipality = places.municipality
),

years as (
    select distinct year from population
),

unbroken as (
    select
        amounts.place, amounts.year, amounts.outcome, stays.first_year, stays.last_year,
        cast(sum(amounts.amount) as decimal(38, 0)) as total
    from amounts
    inner join stays
        on amounts.person_id = stays.person_id and amounts.place = stays.place and stays.unbroken = 1
    group by amounts.place, amounts.year, amounts.outcome, stays.first_year, stays.last_year
),

broken as (
    select person_years.person_id, person_years.place, person_years.year
    from person_years
    inner join stays
        on person_years.person_id = stays.person_id and person_years.place = stays.place and stays.unbroken = 0
),

products as (
    select
        firsts.place, firsts.year, seconds.year as other_year, firsts.outcome,
        cast(sum(firsts.amount * seconds.amount) as decimal(38, 0)) as product
    from amounts as firsts
    inner join amounts as seconds
        on firsts.person_id = seconds.person_id
        and firsts.place = seconds.place
        and firsts.outcome = seconds.outcome
        and firsts.year < seconds.year
    group by firsts.place, firsts.year, seconds.year, firsts.outcome
),

sums as (
    select
        unbroken.place, unbroken.year, years.year as other_year, unbroken.outcome, unbroken.total,
        cast(0 as decimal(38, 0)) as product
    from unbroken
    inner join years
        on years.year between unbroken.first_year and unbroken.last_year
        and years.year <> unbroken.year
    union all
    select
        amounts.place, amounts.year, broken.year as other_year, amounts.outcome,
        cast(amounts.amount as decimal(38, 0)) as total,
        cast(0 as decimal(38, 0)) as product
    from amounts
    inner join broken
        on amounts.person_id = broken.person_id
        and amounts.place = broken.place
        and amounts.year <> broken.year
    union all
    select place, year, other_year, outcome, cast(0 as decimal(38, 0)) as total, product
    from products
    union all
    select place, other_year as year, year as other_year, outcome, cast(0 as decimal(38, 0)) as total, product
    from products
)

select
    places.municipality,
    sums.year,
    sums.other_year,
    sums.outcome,
    cast(sum(sums.total) as decimal(38, 0)) as total,
    cast(sum(sums.product) as decimal(38, 0)) as product
from sums
inner join places on sums.place = places.place
group by places.municipality, sums.year, sums.other_year, sums.outcome
