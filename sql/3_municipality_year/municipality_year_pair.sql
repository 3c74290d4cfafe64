-- model: municipality_year_pair
-- grain: one row per municipality and pair of years in which it counts the same person (municipality, year, other_year)
-- reads: population, person_stay
-- params: none
-- Persons counted in the municipality in both years, other_year the later one. Those it counts in unbroken years are
-- taken together by their first and last year, which says what pairs of years they have.
with person_years as (
    select person_id, municipality, year
    from population
),

stays as (
    select person_id, municipality, first_year, last_year, unbroken
    from person_stay
    where first_year < last_year
),

years as (
    select distinct year
    from person_years
),

unbroken as (
    select municipality, first_year, last_year, count(*) as persons
    from stays
    where unbroken = 1
    group by municipality, first_year, last_year
),

broken as (
    select person_years.person_id, person_years.municipality, person_years.year
    from person_years
    inner join stays
        on person_years.person_id = stays.person_id
        and person_years.municipality = stays.municipality
        and stays.unbroken = 0
),

pairs as (
    select unbroken.municipality, firsts.year, seconds.year as other_year, unbroken.persons
    from unbroken
    inner join years as firsts on firsts.year between unbroken.first_year and unbroken.last_year
    inner join years as seconds on seconds.year > firsts.year and seconds.year <= unbroken.last_year
    union all
    select firsts.municipality, firsts.year, seconds.year as other_year, 1 as persons
    from broken as firsts
    inner join broken as seconds
        on firsts.person_id = seconds.person_id
        and firsts.municipality = seconds.municipality
        and firsts.year < seconds.year
)

select
    municipality,
    year,
    other_year,
    cast(sum(persons) as bigint) as persons
from pairs
group by municipality, year, other_year
