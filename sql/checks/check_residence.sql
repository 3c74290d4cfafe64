-- model: check_residence
-- grain: one row
-- reads: extract_residence, extract_persons
-- params: residence_end_offset, country, first_year, last_year
-- Rules within a row over all residence rows, and the study years without a single resident day.
-- Codes: in Norway four digits; 0000, 9999, -1, -2 and an empty cell are unknown. far_end: an end more than
-- ten years after the study. last_day is empty for ongoing spells; end_year 0: the row covers no day.
with residence as (
    select person_id, municipality, start_date, end_date
    from extract_residence
),

persons as (
    select distinct person_id
    from extract_persons
),

described as (
    select
        residence.person_id,
        persons.person_id as known_person,
        residence.start_date,
        residence.end_date,
        case when year(residence.start_date) not between 1800 and 9999 then 1 else 0 end as odd_start,
        case when year(residence.end_date) not between 1800 and 9999 then 1 else 0 end as odd_end,
        case
            when residence.end_date < date '9999-12-30' then residence.end_date + cast($residence_end_offset as integer) - 1
        end as last_day,
        case
            when residence.municipality is null then 'unknown'
            when $country <> 'NO' then 'code'
            when residence.municipality in ('0000', '9999', '-1', '-2') then 'unknown'
            when regexp_matches(residence.municipality, '^[0-9][0-9][0-9][0-9]$') then 'code'
            else 'malformed'
        end as code
    from residence
    left join persons on residence.person_id = persons.person_id
),

profile as (
    select
        year(start_date) as start_year,
        case when last_day < start_date then 0 else coalesce(year(last_day), 9999) end as end_year,
        count(*) as total,
        count(*) filter (where person_id is null) as person_missing,
        count(*) filter (where start_date is null) as start_missing,
        count(*) filter (where end_date < start_date) as start_after_end,
        count(*) filter (where end_date = start_date and $residence_end_offset = 0) as no_days,
        count(*) filter (where odd_start = 1 or odd_end = 1) as impossible_date,
        count(*) filter (where odd_end = 0 and year(end_date) > $last_year + 10) as far_end,
        count(*) filter (where person_id is not null and known_person is null) as stranger,
        count(*) filter (where code = 'malformed') as malformed,
        count(*) filter (where code = 'unknown') as unknown
    from described
    group by year(start_date), case when last_day < start_date then 0 else coalesce(year(last_day), 9999) end
),

years as (
    select unnest(range(cast($first_year as bigint), cast($last_year + 1 as bigint))) as year
),

covered as (
    select
        years.year,
        count(profile.start_year) as running
    from years
    left join profile on profile.start_year <= years.year and profile.end_year >= years.year
    group by years.year
),

coverage as (
    select
        cast(count(*) as bigint) as study_years,
        cast(count(*) filter (where running = 0) as bigint) as empty_years
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
        cast(coalesce(sum(malformed), 0) as bigint) as malformed,
        cast(coalesce(sum(unknown), 0) as bigint) as unknown
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
    totals.malformed,
    totals.unknown,
    coverage.study_years,
    coverage.empty_years
from totals
cross join coverage
