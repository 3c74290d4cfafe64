-- model: person_year_level
-- grain: one row per person-year and dimension of the study (person_id, year, dimension)
-- reads: population, stg_person, prior_work, delivered_dimension, municipality_type, study_dimension, age_band
-- params: none
-- The level each person-year has in each dimension, exactly one, "unknown" where nothing is known: then levels sum to
-- the whole. study_dimension lists the dimensions by their source; age_band covers every age; a baseline cohort is of
-- its age in the base year, so that nobody changes band. delivered_dimension: person columns made long.
with person_years as (
    select person_id, year, municipality, selection_age
    from population
),

people as (
    select person_id, woman
    from stg_person
),

worked as (
    select person_id, year
    from prior_work
),

delivered as (
    select person_id, position, value
    from delivered_dimension
),

types as (
    select municipality, type
    from municipality_type
),

dimensions as (
    select position, source
    from study_dimension
),

bands as (
    select youngest, oldest, level
    from age_band
)

select
    person_years.person_id,
    person_years.year,
    dimensions.position as dimension,
    case when people.woman = 1 then 'woman' when people.woman = 0 then 'man' else 'unknown' end as level
from person_years
inner join dimensions on dimensions.source = 'sex'
left join people on person_years.person_id = people.person_id
union all
select
    person_years.person_id,
    person_years.year,
    dimensions.position as dimension,
    bands.level
from person_years
inner join dimensions on dimensions.source = 'age band'
inner join bands
    on bands.youngest <= person_years.selection_age
    and bands.oldest >= person_years.selection_age
union all
select
    person_years.person_id,
    person_years.year,
    dimensions.position as dimension,
    case when worked.person_id is null then 'did not work' else 'worked' end as level
from person_years
inner join dimensions on dimensions.source = 'prior work'
left join worked on person_years.person_id = worked.person_id and person_years.year = worked.year
union all
select
    person_years.person_id,
    person_years.year,
    dimensions.position as dimension,
    coalesce(types.type, 'unknown') as level
from person_years
inner join dimensions on dimensions.source = 'municipality type'
left join types on person_years.municipality = types.municipality
union all
select
    person_years.person_id,
    person_years.year,
    dimensions.position as dimension,
    coalesce(nullif(trim(delivered.value), ''), 'unknown') as level
from person_years
inner join dimensions on dimensions.source = 'person'
left join delivered on person_years.person_id = delivered.person_id and dimensions.position = delivered.position
