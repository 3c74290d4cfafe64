-- model: education_spell
-- grain: one row per spell in education of a person of the study with a day that can count, in calendar numbers (none)
-- reads: stg_education, population_person, calendar_day
-- params: none
-- Half-open spells [start, end), cut to the days of the person that can count. *_day numbers calendar days, *_work
-- counted days.
with education as (
    select person_id, start_date, end_date
    from stg_education
),

persons as (
    select person_id, window_year, counts_from, counts_until
    from population_person
),

calendar as (
    select day_date, day_index, work_index
    from calendar_day
),

clipped as (
    select
        education.person_id,
        persons.window_year,
        greatest(education.start_date, persons.counts_from) as start_date,
        least(education.end_date, persons.counts_until) as end_date
    from education
    inner join persons on education.person_id = persons.person_id
)

select
    clipped.person_id,
    clipped.window_year,
    starts.day_index as start_day,
    starts.work_index as start_work,
    ends.day_index as end_day,
    ends.work_index as end_work
from clipped
inner join calendar as starts on clipped.start_date = starts.day_date
inner join calendar as ends on clipped.end_date = ends.day_date
where clipped.start_date < clipped.end_date
