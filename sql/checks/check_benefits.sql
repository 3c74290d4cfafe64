-- model: check_benefits
-- grain: one row
-- reads: benefit_profile
-- params: first_year, last_year
-- Rules within a row over the rows of the study's benefit, and the study years without a single benefit day.
-- benefit_is_young: 1 where the first benefit day comes after the first study day. years_without_start: years in which
-- spells run but none begins.
with profile as (
    select
        start_year, end_year, total, person_missing, start_missing, period_malformed, undated,
        start_after_end, no_days, outside_period, impossible_date, far_end, stranger, after_death,
        before_first_day
    from benefit_profile
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
        cast(coalesce(sum(stranger), 0) as bigint) as stranger,
        cast(coalesce(sum(after_death), 0) as bigint) as after_death,
        cast(case when count(start_year) > 0 and sum(before_first_day) = 0 then 1 else 0 end as bigint) as benefit_is_young
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
    totals.stranger,
    totals.after_death,
    coverage.study_years,
    coverage.empty_years,
    coverage.years_without_start,
    totals.benefit_is_young
from totals
cross join coverage
