-- model: stg_education
-- grain: one row per distinct spell in education (person_id, start_date, end_date)
-- reads: extract_education
-- params: education_end_offset
-- Half-open: in education from start_date up to, not including, end_date; an open end lasts to the end of time. Exact
-- duplicates count once.
with extract as (
    select person_id, start_date, end_date
    from extract_education
),

half_open as (
    select
        person_id,
        start_date,
        case
            when end_date < date '9999-12-30' then end_date + cast($education_end_offset as integer)
            else date '9999-12-31'
        end as end_date
    from extract
)

select distinct person_id, start_date, end_date
from half_open
where start_date < end_date
