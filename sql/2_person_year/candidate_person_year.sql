-- model: candidate_person_year
-- grain: one row per considered person-year, with the last step of the selection it passes (person_id, year)
-- reads: considered_year, home, stg_person, covariate_missing, mover, study_municipality, study_year
-- params: age_rule, age_low, age_high, receipt, base_year, deaths
-- The rules in their order, each a step: 1 persons_with_benefit, 2 the receipt rule, 3 registered (in persons, with a
-- birth date), 4 age, 5 resident (somewhere on the day that decides), 6 study_municipality, 7 alive (on 1 January),
-- 8 death_year (where the year of death is dropped), 9 always_treated (municipalities without a year before
-- the start leave), 10 left_the_window (a start year or years after the end that the study leaves out),
-- 11 covariates (all known), 12 movers (one home in all years considered, where the study leaves movers out).
-- An unknown sex counts as no woman. Age is in completed years on 1 January, or
-- calendar year less birth year; a baseline cohort is selected on its age in the base year.
with considered as (
    select person_id, year, receives
    from considered_year
),

years as (
    select year, first_day
    from study_year
),

person as (
    select
        person_id,
        birth_date,
        death_date,
        coalesce(woman, 0) as woman
    from stg_person
),

incomplete as (
    select person_id
    from covariate_missing
),

movers as (
    select person_id
    from mover
),

home as (
    select person_id, year, municipality
    from home
),

study as (
    select municipality, arm, partial_year, ended_from
    from study_municipality
),

described as (
    select
        considered.person_id,
        considered.year,
        considered.receives,
        home.municipality,
        study.arm,
        person.birth_date,
        person.woman,
        case when incomplete.person_id is null then 0 else 1 end as covariate_unknown,
        case when movers.person_id is null then 0 else 1 end as has_moved,
        considered.year - year(person.birth_date) - case
            when $age_rule = '1 January' and not (month(person.birth_date) = 1 and day(person.birth_date) = 1) then 1
            else 0
        end as age,
        case when $receipt = 'baseline cohort' then considered.year - cast($base_year as integer) else 0 end as years_since_selection,
        case when person.death_date < years.first_day then 1 else 0 end as dead,
        case when $deaths = 'drop the year of death' and year(person.death_date) = considered.year then 1 else 0 end as in_death_year,
        case when considered.year = study.partial_year or considered.year >= study.ended_from then 1 else 0 end as outside_design
    from considered
    inner join years on considered.year = years.year
    left join person on considered.person_id = person.person_id
    left join incomplete on considered.person_id = incomplete.person_id
    left join movers on considered.person_id = movers.person_id
    left join home on considered.person_id = home.person_id and considered.year = home.year
    left join study on home.municipality = study.municipality
)

select
    person_id,
    year,
    municipality,
    arm,
    cast(age as integer) as age,
    woman,
    cast(case
        when receives = 0 then 1
        when birth_date is null then 2
        when age - years_since_selection not between cast($age_low as integer) and cast($age_high as integer) then 3
        when municipality is null then 4
        when arm is null then 5
        when dead = 1 then 6
        when in_death_year = 1 then 7
        when arm = 'always' then 8
        when outside_design = 1 then 9
        when covariate_unknown = 1 then 10
        when has_moved = 1 then 11
        else 12
    end as integer) as last_step
from described
