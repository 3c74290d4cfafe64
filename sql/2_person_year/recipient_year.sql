-- model: recipient_year
-- grain: one row per person and study year with at least one benefit day (person_id, year)
-- reads: stg_benefit, study_year
-- params: none
-- on_first_day is 1 where the benefit is received on 1 January of the year.
with spells as (
    select person_id, start_date, end_date
    from stg_benefit
),

years as (
    select year, first_day, next_day
    from study_year
)

select
    spells.person_id,
    years.year,
    cast(max(case when spells.start_date <= years.first_day then 1 else 0 end) as integer) as on_first_day
from spells
inner join years on spells.start_date < years.next_day and spells.end_date > years.first_day
group by spells.person_id, years.year
