-- model: check_employment
-- grain: one row
-- reads: extract_employment
-- params: employment_end_offset, first_year, last_year
-- Rules within a row over all job rows in one pass, and the study years without a single day of a job.
-- years_without_start: years in which jobs run but none begins. far_end: an end more than ten years after the study.
-- position_share: rows with a position, where none of all is above 1 %: shares delivered for percentages.
-- last_day is empty for ongoing spells; end_year 0: the row covers no day. no_year_before: 1 where no job ends in the
-- year before the first study year, as in a delivery cut at the start of the study.
with jobs as (
    select person_id, start_date, end_date, position_pct
    from extract_employment
),

described as (
    select
        person_id,
        start_date,
        end_date,
        position_pct,
        case when year(start_date) not between 1800 and 9999 then 1 else 0 end as odd_start,
        case when year(end_date) not between 1800 and 9999 then 1 else 0 end as odd_end,
        case
            when end_date < date '9999-12-30' then end_date + cast($employment_end_offset as integer) - 1
        end as last_day
    from jobs
),

profile as (
    select
        year(start_date) as start_year,
        case when last_day < start_date then 0 else coalesce(year(last_day), 9999) end as end_year,
        count(*) as total,
        count(*) filter (where person_id is null) as person_missing,
        count(*) filter (where start_date is null) as start_missing,
        count(*) filter (where end_date < start_date) as start_after_end,
        count(*) filter (where end_date = start_date and $employment_end_offset = 0) as no_days,
        count(*) filter (where odd_start = 1 or odd_end = 1) as impossible_date,
        count(*) filter (where odd_end = 0 and year(end_date) > $last_year + 10) as far_end,
        count(*) filter (where position_pct is null) as position_missing,
        count(*) filter (where position_pct < 0) as position_negative,
        count(*) filter (where position_pct = 0) as position_zero,
        count(*) filter (where position_pct > 100) as position_above,
        count(*) filter (where position_pct > 0) as position_positive,
        count(*) filter (where position_pct > 1) as position_over_one
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
        cast(coalesce(sum(position_missing), 0) as bigint) as position_missing,
        cast(coalesce(sum(position_negative), 0) as bigint) as position_negative,
        cast(coalesce(sum(position_zero), 0) as bigint) as position_zero,
        cast(coalesce(sum(position_above), 0) as bigint) as position_above,
        cast(coalesce(sum(position_positive), 0) as bigint) as position_positive,
        cast(coalesce(sum(position_over_one), 0) as bigint) as position_over_one,
        cast(case when count(*) filter (where end_year = $first_year - 1) = 0 then 1 else 0 end as bigint) as no_year_before
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
    totals.position_missing,
    totals.position_negative,
    totals.position_zero,
    totals.position_above,
    case when totals.position_over_one = 0 then totals.position_positive else 0 end as position_share,
    coverage.study_years,
    coverage.empty_years,
    coverage.years_without_start,
    totals.no_year_before
from totals
cross join coverage
