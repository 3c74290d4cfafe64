-- model: resident_municipality
-- grain: one row per known municipality, or unit of the study, somebody is resident in during the window (municipality)
-- reads: extract_residence, acting_unit, period_spelling
-- params: first_day, last_day, residence_layout, residence_end_offset, country
-- Codes become the units that treatment acts on. Known: not empty and, in Norway, none of the codes 0000, 9999, -2 and -1.
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
),

units as (
    select municipality, unit
    from acting_unit
),

named as (
    select distinct municipality
    from residence
    where municipality is not null
        and not ($country = 'NO' and municipality in ('0000', '9999', '-1', '-2'))
        and start_date <= $last_day
        and end_date > $first_day
        and end_date > start_date
)

select distinct coalesce(units.unit, named.municipality) as municipality
from named
left join units on named.municipality = units.municipality
