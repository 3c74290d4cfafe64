-- model: municipality_year_pair
-- grain: one row per municipality and pair of years in which it counts the same person (municipality, year, other_year)
-- reads: population
-- params: none
-- Persons counted in the municipality in both years, other_year the later one.
with person_years as (
    select person_id, municipality, year
    from population
)

select
    firsts.municipality,
    firsts.year,
    seconds.year as other_year,
    cast(count(*) as bigint) as persons
from person_years as firsts
inner join person_years as seconds
    on firsts.person_id = seconds.person_id
    and firsts.municipality = seconds.municipality
    and firsts.year < seconds.year
group by firsts.municipality, firsts.year, seconds.year
