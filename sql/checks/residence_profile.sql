-- model: residence_profile
-- grain: one row per year of start and year of end of residence rows (start_year, end_year)
-- reads: extract_residence, extract_persons, acting_unit, period_spelling
-- params: residence_layout, residence_end_offset, country, last_year
-- All residence rows in one pass, as counts; columns as in employment_profile. Codes: in Norway four digits, or any that
-- the study joins to a unit; 0000, 9999, -1, -2 and an empty cell are unknown.
with residence as (
    select person_id, municipality, start_date, end_date, period
    from extract_residence
),

periods as (
    select spelling, first_day, next_day
    from period_spelling
    where layout = $residence_layout
),

persons as (
    select distinct person_id
    from extract_persons
),

units as (
    select municipality, unit
    from acting_unit
),

described as (
    select
        residence.person_id,
        persons.person_id as known_person,
        residence.start_date,
        residence.end_date,
        case when year(residence.start_date) not between 1800 and 9999 then 1 else 0 end as odd_start,
        case when year(residence.end_date) not between 1800 and 9999 then 1 else 0 end as odd_end,
        case when $residence_layout <> 'spells' and periods.first_day is null then 1 else 0 end as period_malformed,
        case
            when $residence_layout = 'spells' or periods.first_day is not null
                then greatest(residence.start_date, periods.first_day)
        end as first_day,
        least(
            case
                when residence.end_date < date '9999-12-30' then residence.end_date + cast($residence_end_offset as integer)
                else date '9999-12-31'
            end,
            periods.next_day
        ) as next_day,
        periods.next_day as period_end,
        case
            when residence.municipality is null then 'unknown'
            when $country <> 'NO' then 'code'
            when residence.municipality in ('0000', '9999', '-1', '-2') then 'unknown'
            when regexp_matches(residence.municipality, '^[0-9][0-9][0-9][0-9]$') then 'code'
            when units.unit is not null then 'code'
            else 'malformed'
        end as code
    from residence
    left join persons on residence.person_id = persons.person_id
    left join units on residence.municipality = units.municipality
    left join periods on trim(residence.period) = periods.spelling
)

select
    cast(year(first_day) as integer) as start_year,
    cast(case
        when next_day <= first_day then 0
        when next_day >= date '9999-12-30' then 9999
        else year(next_day - 1)
    end as integer) as end_year,
    cast(count(*) as bigint) as total,
    cast(count(*) filter (where person_id is null) as bigint) as person_missing,
    cast(count(*) filter (where $residence_layout = 'spells' and start_date is null) as bigint) as start_missing,
    cast(count(*) filter (where period_malformed = 1) as bigint) as period_malformed,
    cast(count(*) filter (
        where period_end is not null
            and next_day <= first_day
            and (
                start_date is null
                or end_date is null
                or end_date > start_date
                or (end_date = start_date and $residence_end_offset = 1)
            )
    ) as bigint) as outside_period,
    cast(count(*) filter (where end_date < start_date) as bigint) as start_after_end,
    cast(count(*) filter (where end_date = start_date and $residence_end_offset = 0) as bigint) as no_days,
    cast(count(*) filter (where odd_start = 1 or odd_end = 1) as bigint) as impossible_date,
    cast(count(*) filter (where odd_end = 0 and year(end_date) > $last_year + 10) as bigint) as far_end,
    cast(count(*) filter (where person_id is not null and known_person is null) as bigint) as stranger,
    cast(count(*) filter (where code = 'malformed') as bigint) as malformed,
    cast(count(*) filter (where code = 'unknown') as bigint) as unknown
from described
group by
    year(first_day),
    case when next_day <= first_day then 0 when next_day >= date '9999-12-30' then 9999 else year(next_day - 1) end
