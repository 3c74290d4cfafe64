-- model: considered_year
-- grain: one row per person and year the study considers (person_id, year)
-- reads: stg_benefit, study_year
-- params: receipt, base_year
-- Persons with the benefit at some time in the window. Their years are those with a benefit day, except for
-- a baseline cohort, which is followed through every study year whether or not the benefit goes on.
-- receives is 1 where the study's receipt rule holds: any day of the year, its 1 January, or a benefit day
-- in the base year (the calendar year before the first start in the study).
with spells as (
    select person_id, start_date, end_date
    from stg_benefit
),

years as (
    select year, first_day, next_day
    from study_year
),

received as (
    select
        spells.person_id,
        years.year,
        max(case when spells.start_date <= years.first_day then 1 else 0 end) as on_first_day
    from spells
    inner join years on spells.start_date < years.next_day and spells.end_date > years.first_day
    group by spells.person_id, years.year
),

cohort as (
    select person_id, max(case when year = cast($base_year as integer) then 1 else 0 end) as receives
    from received
    where $receipt = 'baseline cohort'
    group by person_id
)

select
    person_id,
    year,
    cast(case when $receipt = '1 January' then on_first_day else 1 end as integer) as receives
from received
where $receipt <> 'baseline cohort'
union all
select
    cohort.person_id,
    years.year,
    cast(cohort.receives as integer) as receives
from cohort
cross join years
