-- model: unit_person
-- grain: one row per unit and municipality code in it that persons are resident in on the unit's day (unit, municipality)
-- reads: extract_residence, unit_code, unit_day, period_spelling
-- params: residence_layout, residence_end_offset
-- unit_code: codes inside each unit that treatment acts on; unit_day: those that start the programme, with the day before
-- their earliest start. persons: everybody in the residence extract, so that the share of those who live where the
-- programme starts is fixed before it does.
with days as (
    select unit, day_before
    from unit_day
),

units as (
    select municipality, unit
    from unit_code
),

periods as (
    select spelling, first_day, next_day
    from period_spelling
    where layout = $residence_layout
),

residence as (
    select
        delivered.person_id,
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
    where delivered.municipality is not null and delivered.person_id is not null
)

select
    days.unit,
    residence.municipality,
    cast(count(distinct residence.person_id) as bigint) as persons
from residence
inner join units on residence.municipality = units.municipality
inner join days on units.unit = days.unit
where residence.start_date <= days.day_before and residence.end_date > days.day_before
group by days.unit, residence.municipality
