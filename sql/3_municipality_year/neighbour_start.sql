-- model: neighbour_start
-- grain: one row per municipality that borders on one with the programme (municipality)
-- reads: stg_neighbour, stg_rollout
-- params: last_year
-- first_year: the calendar year in which the programme first starts next door, at the latest in the last study year.
with borders as (
    select municipality, neighbour
    from stg_neighbour
),

rollout as (
    select municipality, start_date
    from stg_rollout
)

select
    borders.municipality,
    cast(min(year(rollout.start_date)) as integer) as first_year
from borders
inner join rollout on borders.neighbour = rollout.municipality
where year(rollout.start_date) <= $last_year
group by borders.municipality
