-- model: attrition
-- grain: one row per step of the selection and arm; persons and person-years that remain (step, arm)
-- reads: candidate_person_year, population_step
-- params: none
-- Arms are those of the municipality the person-year belongs to, whatever step it falls at; `all` also holds
-- persons outside the study municipalities. A person counts in an arm while one of the years there remains.
with candidate as (
    select person_id, coalesce(arm, 'none') as arm, last_step
    from candidate_person_year
),

steps as (
    select step, rule
    from population_step
),

person_in_arm as (
    select person_id, arm, max(last_step) as last_step
    from candidate
    group by person_id, arm
),

person as (
    select person_id, max(last_step) as last_step
    from person_in_arm
    group by person_id
),

years_fallen as (
    select arm, last_step, count(*) as person_years
    from candidate
    group by arm, last_step
),

fallen as (
    select arm, last_step, 0 as persons, person_years from years_fallen
    union all
    select 'all' as arm, last_step, 0 as persons, person_years from years_fallen
    union all
    select arm, last_step, count(*) as persons, 0 as person_years from person_in_arm group by arm, last_step
    union all
    select 'all' as arm, last_step, count(*) as persons, 0 as person_years from person group by last_step
),

arms as (
    select 'treated' as arm
    union all
    select 'control' as arm
    union all
    select 'all' as arm
)

select
    steps.step,
    steps.rule,
    arms.arm,
    cast(coalesce(sum(fallen.persons), 0) as bigint) as persons,
    cast(coalesce(sum(fallen.person_years), 0) as bigint) as person_years
from steps
cross join arms
left join fallen on arms.arm = fallen.arm and fallen.last_step >= steps.step
group by steps.step, steps.rule, arms.arm
