-- model: stg_neighbour
-- grain: one row per municipality and municipality that borders on it, in both directions (municipality, neighbour)
-- reads: extract_neighbours
-- params: none
-- A border named in one direction holds in both. A municipality is no neighbour of its own.
with extract as (
    select
        nullif(trim(municipality), '') as municipality,
        nullif(trim(neighbour), '') as neighbour
    from extract_neighbours
),

both_ways as (
    select municipality, neighbour from extract
    union all
    select neighbour as municipality, municipality as neighbour from extract
)

select distinct municipality, neighbour
from both_ways
where municipality <> neighbour
