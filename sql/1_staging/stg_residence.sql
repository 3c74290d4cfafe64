-- model: stg_residence
-- grain: one row per distinct spell of a recipient in a known municipality (person_id, municipality, start_date, end_date)
-- reads: extract_residence, stg_benefit
-- params: residence_end_offset, country
-- Half-open: resident from start_date up to, not including, end_date; an open end lasts to the end of time.
-- Days without a known municipality are days without residence: an empty cell and, in Norway, the codes
-- 0000 (unknown), 9999 and -2 (not stated) and -1 (invalid). Exact duplicates count once.
-- Only persons with a benefit spell: nobody else can enter the study.
with extract as (
    select person_id, municipality, start_date, end_date
    from extract_residence
),

half_open as (
    select
        person_id,
        municipality,
        start_date,
        case
            when end_date < date '9999-12-30' then end_date + cast($residence_end_offset as integer)
            else date '9999-12-31'
        end as end_date
    from extract
    where person_id in (select person_id from stg_benefit)
        and municipality is not null
        and not ($country = 'NO' and municipality in ('0000', '9999', '-1', '-2'))
)

select distinct person_id, municipality, start_date, end_date
from half_open
where start_date < end_date
