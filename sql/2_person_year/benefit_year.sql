-- model: benefit_year
-- grain: one row per person of the study, year and benefit received (person_id, year, benefit)
-- reads: benefit_spell, study_year, calendar_day
-- params: none
-- benefit_days: calendar days with at least one spell of the benefit, up to the day of death; the same sweep as for jobs.
with spells as (
    select person_id, window_year, benefit, start_day, end_day
    from benefit_spell
),

calendar as (
    select day_index, year
    from calendar_day
),

years as (
    select day_index
    from study_year
),

events as (
    select person_id, window_year, benefit, start_day as day, 1 as spell_change from spells
    union all
    select person_id, window_year, benefit, end_day as day, -1 as spell_change from spells
    union all
    select spells.person_id, spells.window_year, spells.benefit, years.day_index as day, 0 as spell_change
    from spells
    inner join years on spells.start_day < years.day_index and spells.end_day > years.day_index
),

levels as (
    select
        person_id,
        window_year,
        benefit,
        day,
        sum(spell_change) over (partition by person_id, window_year, benefit order by day) as open_spells,
        lead(day) over (partition by person_id, window_year, benefit order by day) - day as days
    from events
)

select
    levels.person_id,
    case when levels.window_year = 0 then calendar.year else levels.window_year end as year,
    levels.benefit,
    cast(sum(levels.days) as integer) as benefit_days
from levels
inner join calendar on levels.day = calendar.day_index
where levels.days > 0 and levels.open_spells > 0
group by
    levels.person_id,
    case when levels.window_year = 0 then calendar.year else levels.window_year end,
    levels.benefit
