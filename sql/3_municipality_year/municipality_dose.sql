-- model: municipality_dose
-- grain: one row per municipality and study year with a day of the programme (municipality, year)
-- reads: stg_programme_period, study_year, calendar_day
-- params: none
-- days: calendar days of the programme; fidelity_days, participant_days: sums over these days of the score and of the
-- participants a year; year_days: calendar days of the year. Divided by year_days they are means over the whole year.
-- known_days: days of the programme whose participants are known.
with periods as (
    select municipality, start_date, end_date, fidelity, participants
    from stg_programme_period
),

years as (
    select year, first_day, next_day
    from study_year
),

calendar as (
    select day_date, day_index
    from calendar_day
),

clipped as (
    select
        periods.municipality,
        years.year,
        years.first_day,
        years.next_day,
        greatest(periods.start_date, years.first_day) as start_date,
        least(periods.end_date, years.next_day) as end_date,
        periods.fidelity,
        periods.participants
    from periods
    inner join years on periods.start_date < years.next_day and periods.end_date > years.first_day
),

counted as (
    select
        clipped.municipality,
        clipped.year,
        ends.day_index - starts.day_index as days,
        closes.day_index - opens.day_index as year_days,
        clipped.fidelity,
        clipped.participants
    from clipped
    inner join calendar as starts on clipped.start_date = starts.day_date
    inner join calendar as ends on clipped.end_date = ends.day_date
    inner join calendar as opens on clipped.first_day = opens.day_date
    inner join calendar as closes on clipped.next_day = closes.day_date
)

select
    municipality,
    year,
    cast(sum(days) as integer) as days,
    cast(max(year_days) as integer) as year_days,
    cast(coalesce(sum(fidelity * days), 0) as decimal(38, 4)) as fidelity_days,
    cast(coalesce(sum(participants * days), 0) as decimal(38, 4)) as participant_days,
    cast(sum(case when participants is null then 0 else days end) as integer) as known_days
from counted
group by municipality, year
