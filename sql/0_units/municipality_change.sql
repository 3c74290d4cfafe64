-- model: municipality_change
-- grain: one row per distinct change of a municipality code that can be read (change_day, old_code, new_code)
-- reads: extract_municipality_changes
-- params: changes_day
-- changes_day: the day of rows without one, where the study gives it (a correspondence table has no days). Rows without
-- a day or with only one of the two codes are left out (contract findings). old_code = new_code: the code goes on.
with extract as (
    select
        nullif(trim(old_code), '') as old_code,
        nullif(trim(new_code), '') as new_code,
        coalesce(try_cast(nullif(trim(date), '') as date), cast($changes_day as date)) as change_day
    from extract_municipality_changes
)

select distinct change_day, old_code, new_code
from extract
where change_day is not null and old_code is not null and new_code is not null
