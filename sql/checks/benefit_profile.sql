-- model: benefit_profile
-- grain: one row per month of start, year of end and source (start_year, start_month, end_year, source)
-- reads: extract_benefits, extract_persons, period_spelling
-- params: benefit, benefits_layout, benefits_end_offset, last_year, first_day
-- All rows of the study's benefit in one pass, as counts; columns as in employment_profile. after_death: receipt goes on
-- after the day of death. before_first_day: begins on or before the first study day.
with benefits as (
    select person_id, benefit, start_date, end_date, source, extract_date, period
    from extract_benefits
    where benefit = $benefit
),

persons as (
    select person_id, min(death_date) as death_date
    from extract_persons
    group by person_id
),

periods as (
    select spelling, first_day, next_day
    from period_spelling
    where layout = $benefits_layout
),

described as (
    select
        benefits.person_id,
        persons.person_id as known_person,
        persons.death_date,
        benefits.start_date,
        benefits.end_date,
        benefits.source,
        benefits.extract_date,
        case when benefits.start_date is null then 1 else 0 end as without_start,
        case when $benefits_layout <> 'spells' and periods.first_day is null then 1 else 0 end as period_malformed,
        case when year(benefits.start_date) not between 1800 and 9999 then 1 else 0 end as odd_start,
        case when year(benefits.end_date) not between 1800 and 9999 then 1 else 0 end as odd_end,
        case
            when $benefits_layout = 'spells' or periods.first_day is not null
                then greatest(benefits.start_date, periods.first_day)
        end as first_day,
        least(
            case
                when benefits.end_date < date '9999-12-30' then benefits.end_date + cast($benefits_end_offset as integer)
                else date '9999-12-31'
            end,
            periods.next_day
        ) as next_day,
        periods.next_day as period_end
    from benefits
    left join persons on benefits.person_id = persons.person_id
    left join periods on trim(benefits.period) = periods.spelling
)

select
    cast(year(first_day) as integer) as start_year,
    cast(month(first_day) as integer) as start_month,
    cast(case
        when next_day <= first_day then 0
        when next_day >= date '9999-12-30' then 9999
        else year(next_day - 1)
    end as integer) as end_year,
    source,
    cast(count(*) as bigint) as total,
    cast(count(*) filter (where person_id is null) as bigint) as person_missing,
    cast(count(*) filter (where $benefits_layout = 'spells' and without_start = 1) as bigint) as start_missing,
    cast(count(*) filter (where period_malformed = 1) as bigint) as period_malformed,
    cast(count(*) filter (
        where $benefits_layout <> 'spells' and without_start = 1 and end_date is null
    ) as bigint) as undated,
    cast(count(*) filter (where end_date < start_date) as bigint) as start_after_end,
    cast(count(*) filter (where end_date = start_date and $benefits_end_offset = 0) as bigint) as no_days,
    cast(count(*) filter (
        where period_end is not null
            and next_day <= first_day
            and (
                start_date is null
                or end_date is null
                or end_date > start_date
                or (end_date = start_date and $benefits_end_offset = 1)
            )
    ) as bigint) as outside_period,
    cast(count(*) filter (where odd_start = 1 or odd_end = 1) as bigint) as impossible_date,
    cast(count(*) filter (where odd_end = 0 and year(end_date) > $last_year + 10) as bigint) as far_end,
    cast(count(*) filter (where person_id is not null and known_person is null) as bigint) as stranger,
    cast(count(*) filter (
        where (next_day < date '9999-12-30' and next_day - 1 > death_date) or first_day > death_date
    ) as bigint) as after_death,
    cast(count(*) filter (where first_day <= cast($first_day as date)) as bigint) as before_first_day,
    max(extract_date) as extract_date
from described
group by
    year(first_day),
    month(first_day),
    case when next_day <= first_day then 0 when next_day >= date '9999-12-30' then 9999 else year(next_day - 1) end,
    source
