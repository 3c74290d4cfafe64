-- model: check_residence
-- grain: one row
-- reads: residence_profile
-- params: first_year, last_year
-- Rules within a row over all residence rows, and the study years without a single resident day.
with profile as (
    select
        start_year, end_year, total, person_missing, start_missing, period_malformed, outside_period,
        start_after_end, no_days, impossible_date, far_end, stranger, malformed, unknown
    from residence_profile
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
        cast(coalesce(sum(period_malformed), 0) as bigint) as period_malformed,
        cast(coalesce(sum(outside_period), 0) as bigint) as outside_period,
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
    totals.period_malformed,
    totals.outside_period,
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
