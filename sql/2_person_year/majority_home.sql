-- model: majority_home
-- grain: one row per considered person-year with a day of residence (person_id, year)
-- reads: considered_year, stg_residence, study_year, calendar_day
-- params: residence
-- Only where the study takes the majority of the year: the municipality with most of the year's days of residence. A day
-- counts once where rows of one municipality overlap; days without residence belong to no municipality, however many
-- they are. A tie goes to the municipality lived in first that year, and then to the lower code.
with considered as (
    select person_id, year
    from considered_year
),

residence as (
    select person_id, municipality, start_date, end_date
    from stg_residence
    where $residence = 'majority of the year'
        and person_id in (select person_id from considered_year)
),

years as (
    select year, first_day, next_day
    from study_year
),

calendar as (
    select day_date, day_index
    from calendar_day
),

ordered as (
    select
        person_id,
        municipality,
        start_date,
        end_date,
        max(end_date) over (
            partition by person_id, municipality order by start_date, end_date
            rows between unbounded preceding and 1 preceding
        ) as covered_until
    from residence
),

in_year as (
    select
        ordered.person_id,
        ordered.municipality,
        years.year,
        greatest(ordered.start_date, coalesce(ordered.covered_until, ordered.start_date), years.first_day) as start_date,
        least(ordered.end_date, years.next_day) as end_date
    from ordered
    inner join years on ordered.start_date < years.next_day and ordered.end_date > years.first_day
),

days as (
    select
        in_year.person_id,
        in_year.year,
        in_year.municipality,
        cast(sum(ends.day_index - starts.day_index) as integer) as days,
        min(in_year.start_date) as first_date
    from in_year
    inner join calendar as starts on in_year.start_date = starts.day_date
    inner join calendar as ends on in_year.end_date = ends.day_date
    where in_year.start_date < in_year.end_date
    group by in_year.person_id, in_year.year, in_year.municipality
),

ranked as (
    select
        person_id,
        year,
        municipality,
        row_number() over (partition by person_id, year order by days desc, first_date, municipality) as place
    from days
)

select ranked.person_id, ranked.year, ranked.municipality
from ranked
inner join considered on ranked.person_id = considered.person_id and ranked.year = considered.year
where ranked.place = 1
