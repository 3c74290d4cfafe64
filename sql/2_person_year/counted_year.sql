-- model: counted_year
-- grain: one row per person-year of the study with days that count, for outcomes that need these days themselves (person_id, year)
-- reads: population, population_person, study_year, study_outcome
-- params: none
-- Half-open days of the person-year: the calendar year, or the window of its own, cut to the days of the person that
-- can count. Empty where no outcome of the study asks: most are zero without a spell and need no such rows.
with person_years as (
    select person_id, year
    from population
    where exists (
        select 1 as asked
        from study_outcome
        where kind in ('sustained', 'neet_days', 'neet_on', 'days_to_job')
    )
),

persons as (
    select person_id, window_year, counts_from, counts_until
    from population_person
),

years as (
    select year, first_day, next_day
    from study_year
)

select
    person_years.person_id,
    person_years.year,
    persons.window_year,
    case when persons.window_year = 0 then greatest(years.first_day, persons.counts_from) else persons.counts_from end as first_day,
    case when persons.window_year = 0 then least(years.next_day, persons.counts_until) else persons.counts_until end as next_day
from person_years
inner join years on person_years.year = years.year
inner join persons
    on person_years.person_id = persons.person_id
    and persons.window_year in (0, person_years.year)
