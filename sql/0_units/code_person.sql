-- model: code_person
-- grain: one row per known municipality code somebody is resident in during the study (municipality)
-- reads: extract_residence, period_spelling
-- params: first_day, last_day, residence_layout, residence_end_offset, country
-- As registered, whatever the study joins. on_first_day, on_last_day: residence rows in force on that study day, one for
-- each person where residence does not overlap. A code that many live in on one of the two days and nobody on the other
-- has come or gone with a reform.
with periods as (
    select spelling, first_day, next_day
    from period_spelling
    where layout = $residence_layout
),

residence as (
    select
        delivered.municipality,
        greatest(delivered.start_date, periods.first_day) as start_date,
        least(
            case
                when delivered.end_date < date '9999-12-30' then delivered.end_date + cast($residence_end_offset as integer)
                else date '9999-12-31'
            end,
            periods.next_day
        ) as end_date
    from extract_residence as delivered
    left join periods on trim(delivered.period) = periods.spelling
    where delivered.municipality is not null
        and not ($country = 'NO' and delivered.municipality in ('0000', '9999', '-1', '-2'))
)

select
    municipality,
    cast(sum(case when start_date <= $first_day and end_date > $first_day then 1 else 0 end) as bigint) as on_first_day,
    cast(sum(case when start_date <= $last_day and end_date > $last_day then 1 else 0 end) as bigint) as on_last_day
from residence
where start_date <= $last_day and end_date > $first_day and end_date > start_date
group by municipality
