-- model: check_benefits
-- grain: one row
-- reads: extract_benefits, extract_persons
-- params: benefit, benefits_end_offset, first_day, first_year, last_year
-- Rules within a row over the rows of the study's benefit, and the study years without a single benefit day.
-- after_death: receipt goes on after the day of death. benefit_is_young: 1 where the first benefit day comes after the
-- first study day. years_without_start: years in which spells run but none begins. far_end: an end more than ten
-- years after the study. last_day is empty for ongoing spells; end_year 0: the row covers no day.
with benefits as (
    select person_id, benefit, start_date, end_date
    from extract_benefits
),

persons as (
    select person_id, min(death_date) as death_date
    from extract_persons
    group by person_id
),

described as (
    select
        benefits.person_id,
        persons.person_id as known_person,
        persons.death_date,
        benefits.start_date,
        benefits.end_date,
        case when year(benefits.start_date) not between 1800 and 9999 then 1 else 0 end as odd_start,
        case when year(benefits.end_date) not between 1800 and 9999 then 1 else 0 end as odd_end,
        case
            when benefits.end_date < date '9999-12-30' then benefits.end_date + cast($benefits_end_offset as integer) - 1
        end as last_day
    from benefits
    left join persons on benefits.person_id = persons.person_id
    where benefits.benefit = $benefit
),

first_start as (
    select case when min(start_date) > $first_day then 1 else 0 end as benefit_is_young
    from described
),

profile as (
    select
        year(start_date) as start_year,
        case when last_day < start_date then 0 else coalesce(year(last_day), 9999) end as end_year,
        count(*) as total,
        count(*) filter (where person_id is null) as person_missing,
        count(*) filter (where start_date is null) as start_missing,
        count(*) filter (where end_date < start_date) as start_after_end,
        count(*) filter (where end_date = start_date and $benefits_end_offset = 0) as no_days,
        count(*) filter (where odd_start = 1 or odd_end = 1) as impossible_date,
        count(*) filter (where odd_end = 0 and year(end_date) > $last_year + 10) as far_end,
        count(*) filter (where person_id is not null and known_person is null) as stranger,
        count(*) filter (where last_day > death_date or start_date > death_date) as after_death
    from described
    group by year(start_date), case when last_day < start_date then 0 else coalesce(year(last_day), 9999) end
),

years as (
    select unnest(range(cast($first_year as bigint), cast($last_year + 1 as bigint))) as year
),

covered as (
    select
        years.year,
        count(profile.start_year) as running,
        count(*) filter (where profile.start_year = years.year) as starting
    from years
    left join profile on profile.start_year <= years.year and profile.end_year >= years.year
    group by years.year
),

coverage as (
    select
        cast(count(*) as bigint) as study_years,
        cast(count(*) filter (where running = 0) as bigint) as empty_years,
        cast(count(*) filter (where running > 0 and starting = 0) as bigint) as years_without_start
    from covered
),

totals as (
    select
        cast(coalesce(sum(total), 0) as bigint) as total,
        cast(coalesce(sum(person_missing), 0) as bigint) as person_missing,
        cast(coalesce(sum(start_missing), 0) as bigint) as start_missing,
        cast(coalesce(sum(start_after_end), 0) as bigint) as start_after_end,
        cast(coalesce(sum(no_days), 0) as bigint) as no_days,
        cast(coalesce(sum(impossible_date), 0) as bigint) as impossible_date,
        cast(coalesce(sum(far_end), 0) as bigint) as far_end,
        cast(coalesce(sum(stranger), 0) as bigint) as stranger,
        cast(coalesce(sum(after_death), 0) as bigint) as after_death
    from profile
)

select
    totals.total,
    totals.person_missing,
    totals.start_missing,
    totals.start_after_end,
    totals.no_days,
    totals.impossible_date,
    totals.far_end,
    totals.stranger,
    totals.after_death,
    coverage.study_years,
    coverage.empty_years,
    coverage.years_without_start,
    cast(first_start.benefit_is_young as bigint) as benefit_is_young
from totals
cross join coverage
cross join first_start
