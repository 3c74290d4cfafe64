-- model: job_amount
-- grain: one row per person, year and group of jobs with hours or earnings (person_id, year, job_group)
-- reads: job_part, price_level
-- params: hours_of_row, days_a_week, earnings_cap_e2
-- hours_e3, thousandths of an hour: agreed weekly hours of the job times its counted days in the year, over the counted
-- days of a week (5, or 7 where all days count); with hours_of_row = 1 the hours are those of the whole row.
-- earnings_e2, hundredths: what the row says was paid. What belongs to a whole row is spread evenly over its calendar
-- days, cut so that the parts add up to it exactly, and taken to the prices the study names by the year of the days. A
-- person's earnings of the year count as zero below zero, and up to earnings_cap_e2. Jobs add up.
with parts as (
    select
        person_id, window_year, study_year, job_group, hours, earnings, row_days, days_before, days_until, work_days
    from job_part
),

prices as (
    select year, factor_e6
    from price_level
),

amounts as (
    select
        parts.person_id,
        case when parts.window_year = 0 then parts.study_year else parts.window_year end as year,
        parts.job_group,
        case
            when cast($hours_of_row as integer) = 1
                then 10 * (
                    (parts.hours * parts.days_until) // parts.row_days
                    - (parts.hours * parts.days_before) // parts.row_days
                )
            else (parts.hours * parts.work_days * 20 + cast($days_a_week as integer))
                // (2 * cast($days_a_week as integer))
        end as hours_e3,
        (parts.earnings * parts.days_until) // parts.row_days
        - (parts.earnings * parts.days_before) // parts.row_days as earnings_e2,
        prices.factor_e6
    from parts
    left join prices on parts.study_year = prices.year
),

priced as (
    select
        person_id,
        year,
        job_group,
        hours_e3,
        (earnings_e2 * factor_e6 + case when earnings_e2 < 0 then -500000 else 500000 end) // 1000000 as earnings_e2
    from amounts
)

select
    person_id,
    year,
    job_group,
    cast(sum(hours_e3) as bigint) as hours_e3,
    cast(greatest(0, least(sum(earnings_e2), coalesce(cast($earnings_cap_e2 as bigint), sum(earnings_e2)))) as bigint) as earnings_e2
from priced
group by person_id, year, job_group
