-- model: population_person
-- grain: one row per person of the study and window of counted days (person_id, window_year)
-- reads: population, considered_year, follow_up, study_year, stg_person, last_residence
-- params: receipt
-- The days of a person that can count, half-open: from the start of the first year in the population up to the
-- end of the last, and not after the day of death, nor, where emigration ends the risk time, after the last day of
-- residence. Days in between may fall in years outside the population;
-- they are counted and then not used. window_year 0: what is counted belongs to the calendar year it falls in; a year:
-- it belongs to that year of the person whatever its date, as the months since an entry in that year do.
with person_years as (
    select person_id, year
    from population
),

years as (
    select year, first_day, next_day
    from study_year
),

deaths as (
    select person_id, death_date
    from stg_person
),

residence as (
    select person_id, gone_from
    from last_residence
),

entries as (
    select person_id, year, clock_date
    from considered_year
    where $receipt = 'entry'
),

followed as (
    select entry_date, until_date
    from follow_up
),

span as (
    select
        person_years.person_id,
        cast(0 as integer) as window_year,
        min(years.first_day) as counts_from,
        max(years.next_day) as counts_until
    from person_years
    inner join years on person_years.year = years.year
    where $receipt <> 'entry'
    group by person_years.person_id
    union all
    select
        person_years.person_id,
        cast(person_years.year as integer) as window_year,
        entries.clock_date as counts_from,
        followed.until_date as counts_until
    from person_years
    inner join entries on person_years.person_id = entries.person_id and person_years.year = entries.year
    inner join followed on entries.clock_date = followed.entry_date
)

select
    span.person_id,
    span.window_year,
    span.counts_from,
    least(
        span.counts_until,
        coalesce(deaths.death_date + 1, span.counts_until),
        coalesce(residence.gone_from, span.counts_until)
    ) as counts_until
from span
left join deaths on span.person_id = deaths.person_id
left join residence on span.person_id = residence.person_id
