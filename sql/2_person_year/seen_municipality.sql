-- model: seen_municipality
-- grain: one row per municipality somebody is registered in during the window (municipality)
-- reads: stg_residence
-- params: first_day, horizon
-- Where "never" and "not yet" comparisons, and candidates, come from.
with residence as (
    select municipality, start_date, end_date
    from stg_residence
)

select distinct municipality
from residence
where start_date < cast($horizon as date) and end_date > cast($first_day as date)
