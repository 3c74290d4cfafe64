-- model: benefit_year
-- grain: one row per person of the study and year with the benefit (person_id, year)
-- reads: stg_benefit, population_person, study_year, calendar_day
-- params: none
-- benefit_days: calendar days with at least one spell of the benefit, up to the day of death; the same sweep as for jobs.
with benefits as (
    select person_id, start_date, end_date
    from stg_benefit
),

persons as (
    select person_id, window_year, counts_from, counts_until
    from population_person
),

calendar as (
    select day_date, day_index, year
    from calendar_day
),

years as (
    select day_index
    from study_year
),

clipped as (
    select
        benefits.person_id,
        persons.window_year,
        greatest(benefits.start_date, persons.counts_from) as start_date,
        least(benefits.end_date, persons.counts_until) as end_date
    from benefits
    inner join persons on benefits.person_id = persons.person_id
),

spells as (
    select clipped.person_id, clipped.window_year, starts.day_index as start_day, ends.day_index as end_day
    from clipped
    inner join calendar as starts on clipped.start_date = starts.day_date
    inner join calendar as ends on clipped.end_date = ends.day_date
    where clipped.start_date < clipped.end_date
),

events as (
    select person_id, window_year, start_day as day, 1 as spell_change from spells
    union all
    select person_id, window_year, end_day as day, -1 as spell_change from spells
    union all
    select spells.person_id, spells.window_year, years.day_index as day, 0 as spell_change
    from spells
    inner join years on spells.start_day < years.day_index and spells.end_day > years.day_index
),

levels as (
    select
        person_id,
        window_year,
        day,
        sum(spell_change) over (partition by person_id, window_year order by day) as open_spells,
        lead(day) over (partition by person_id, window_year order by day) - day as days
    from events
)

select
    levels.person_id,
    case when levels.window_year = 0 then calendar.year else levels.window_year end as year,
    cast(sum(levels.days) as integer) as benefit_days
from levels
inner join calendar on levels.day = calendar.day_index
where levels.days > 0 and levels.open_spells > 0
group by levels.person_id, case when levels.window_year = 0 then calendar.year else levels.window_year end
