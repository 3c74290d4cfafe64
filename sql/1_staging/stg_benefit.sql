-- model: stg_benefit
-- grain: one row per distinct spell of the study's benefit (person_id, start_date, end_date)
-- reads: extract_benefits
-- params: benefit, benefits_end_offset
-- Spells of the benefit that defines the population, half-open: the person receives from start_date up to,
-- not including, end_date. An open end lasts to the end of time. Exact duplicates count once.
with extract as (
    select person_id, benefit, start_date, end_date
    from extract_benefits
),

half_open as (
    select
        person_id,
        start_date,
        case
            when end_date < date '9999-12-30' then end_date + cast($benefits_end_offset as integer)
            else date '9999-12-31'
        end as end_date
    from extract
    where benefit = $benefit
)

select distinct person_id, start_date, end_date
from half_open
where start_date < end_date
