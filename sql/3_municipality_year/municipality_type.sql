-- model: municipality_type
-- grain: one row per municipality of known type (municipality)
-- reads: stg_municipality
-- params: base_calendar_year
-- The type before the rollout, in all years: that of the calendar year before the first start in the study, else the
-- one for all years.
with delivered as (
    select municipality, year, type
    from stg_municipality
    where type is not null
)

select
    municipality,
    coalesce(
        max(case when year = cast($base_calendar_year as integer) then type end),
        max(case when year = 0 then type end)
    ) as type
from delivered
where year in (0, cast($base_calendar_year as integer))
group by municipality
