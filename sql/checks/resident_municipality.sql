-- model: resident_municipality
-- grain: one row per known municipality somebody is resident in during the window (municipality)
-- reads: extract_residence
-- params: first_day, last_day, residence_end_offset, country
-- Known: not empty and, in Norway, none of the codes 0000, 9999, -2 and -1.
with residence as (
    select
        municipality,
        start_date,
        case
            when end_date < date '9999-12-30' then end_date + cast($residence_end_offset as integer)
            else date '9999-12-31'
        end as end_date
    from extract_residence
)

select distinct municipality
from residence
where municipality is not null
    and not ($country = 'NO' and municipality in ('0000', '9999', '-1', '-2'))
    and start_date <= $last_day
    and end_date > $first_day
    and end_date > start_date
