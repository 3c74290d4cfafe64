-- model: person_effect_year
-- grain: one row per person-year that person effects use (person_id, year)
-- reads: population, study_municipality, year_bit
-- params: person_effects
-- With the municipality whose exposure the person-year has, by the study's rule for those who move: `first`, that of the
-- person's first year throughout; `separate`, where it is counted; `exclude`, the same, and nobody who moves.
-- Years that the design leaves out in that municipality are left out. bit: 2 to the power of the year's place.
with person_years as (
    select person_id, year, municipality
    from population
),

study as (
    select municipality, partial_year, ended_from
    from study_municipality
),

bits as (
    select year, bit
    from year_bit
),

persons as (
    select person_id, min(year) as first_year, count(distinct municipality) as municipalities
    from person_years
    group by person_id
),

firsts as (
    select person_years.person_id, person_years.municipality, persons.municipalities
    from person_years
    inner join persons on person_years.person_id = persons.person_id and person_years.year = persons.first_year
),

placed as (
    select
        person_years.person_id,
        person_years.year,
        case when $person_effects = 'first' then firsts.municipality else person_years.municipality end as municipality
    from person_years
    inner join firsts on person_years.person_id = firsts.person_id
    where $person_effects <> 'exclude' or firsts.municipalities = 1
)

select
    placed.person_id,
    placed.year,
    placed.municipality,
    bits.bit
from placed
inner join study on placed.municipality = study.municipality
inner join bits on placed.year = bits.year
where (study.partial_year is null or placed.year <> study.partial_year)
    and (study.ended_from is null or placed.year < study.ended_from)
