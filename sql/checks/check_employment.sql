-- model: check_employment
-- grain: one row
-- reads: employment_profile, declared_break
-- params: first_year, last_year
-- Rules within a row over all job rows, and the study years without a single day of a job.
-- years_without_start: years in which jobs run but none begins.
-- position_share: rows with a position, where none of all is above 1 %: shares delivered for percentages.
-- no_year_before: 1 where no job ends in the year before the first study year, as in a delivery cut at the start of the
-- study. source_changes: study years after the first, no declared break, whose most frequent source is another than that
-- of the year before (the first by name among equals).
with profile as (
    select
        start_year, end_year, source, total, person_missing, start_missing, period_malformed, undated,
        start_after_end, no_days, outside_period, impossible_date, far_end, position_missing,
        position_negative, position_zero, position_above, position_positive, position_over_one
    from employment_profile
),

breaks as (
    select year
    from declared_break
),

years as (
    select unnest(range(cast($first_year as bigint), cast($last_year + 1 as bigint))) as year
),

covered as (
    select
        years.year,
        coalesce(sum(profile.total), 0) as running,
        coalesce(sum(case when profile.start_year = years.year then profile.total else 0 end), 0) as starting
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

sources as (
    select
        years.year,
        profile.source,
        row_number() over (partition by years.year order by sum(profile.total) desc, profile.source) as place
    from years
    inner join profile on profile.start_year <= years.year and profile.end_year >= years.year
    where profile.source is not null
    group by years.year, profile.source
),

changes as (
    select cast(count(*) as bigint) as source_changes
    from sources as before
    inner join sources as after on before.year + 1 = after.year and before.source <> after.source
    where before.place = 1 and after.place = 1 and after.year not in (select year from breaks)
),

totals as (
    select
        cast(coalesce(sum(total), 0) as bigint) as total,
        cast(coalesce(sum(person_missing), 0) as bigint) as person_missing,
        cast(coalesce(sum(start_missing), 0) as bigint) as start_missing,
        cast(coalesce(sum(period_malformed), 0) as bigint) as period_malformed,
        cast(coalesce(sum(undated), 0) as bigint) as undated,
        cast(coalesce(sum(start_after_end), 0) as bigint) as start_after_end,
        cast(coalesce(sum(no_days), 0) as bigint) as no_days,
        cast(coalesce(sum(outside_period), 0) as bigint) as outside_period,
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
    totals.period_malformed,
    totals.undated,
    totals.start_after_end,
    totals.no_days,
    totals.outside_period,
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
    changes.source_changes,
    totals.no_year_before
from totals
cross join coverage
cross join changes
