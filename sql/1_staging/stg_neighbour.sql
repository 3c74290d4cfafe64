-- model: stg_neighbour
-- grain: one row per municipality and municipality that borders on it, in both directions (municipality, neighbour)
-- reads: extract_neighbours, municipality_unit
-- params: none
-- A border named in one direction holds in both. Codes become the units of the study. A unit is no
-- neighbour of its own.
with extract as (
    select
        nullif(trim(municipality), '') as municipality,
        nullif(trim(neighbour), '') as neighbour
    from extract_neighbours
),

units as (
    select municipality, unit
    from municipality_unit
),

joined as (
    select
        coalesce(units.unit, extract.municipality) as municipality,
        coalesce(others.unit, extract.neighbour) as neighbour
    from extract
    left join units on extract.municipality = units.municipality
    left join units as others on extract.neighbour = others.municipality
),

both_ways as (
    select municipality, neighbour from joined
    union all
    select neighbour as municipality, municipality as neighbour from joined
)

select distinct municipality, neighbour
from both_ways
where municipality <> neighbour
