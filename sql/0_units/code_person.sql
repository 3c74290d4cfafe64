-- model: code_person
-- grain: one row per known municipality code somebody is resident in on the first or the last study day (municipality)
-- reads: extract_residence
-- params: first_day, last_day, residence_end_offset, country
-- on_first_day, on_last_day: residence rows in force on that day, one for each person where residence does not
-- overlap. A code that many live in on one of the two days and nobody on the other has come or gone with a reform.
with residence as (
    select
        municipality,
        start_date,
        case
            when end_date < date '9999-12-30' then end_date + cast($residence_end_offset as integer)
            else date '9999-12-31'
        end as end_date
    from extract_residence
    where municipality is not null
        and not ($country = 'NO' and municipality in ('0000', '9999', '-1', '-2'))
),

described as (
    select
        municipality,
        case when start_date <= $first_day and end_date > $first_day then 1 else 0 end as on_first_day,
        case when start_date <= $last_day and end_date > $last_day then 1 else 0 end as on_last_day
    from residence
)

select
    municipality,
    cast(sum(on_first_day) as bigint) as on_first_day,
    cast(sum(on_last_day) as bigint) as on_last_day
from described
where on_first_day + on_last_day > 0
group by municipality
