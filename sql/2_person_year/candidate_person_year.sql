-- model: candidate_person_year
-- grain: one row per considered person-year, with the last step of the selection it passes (person_id, year)
-- reads: considered_year, home, stg_person, last_residence, follow_up, covariate_missing, mover, study_municipality
-- params: age_rule, age_low, age_high, receipt, base_date, deaths, horizon, period
-- The rules in their order, each a step: 1 persons_with_benefit, 2 the receipt rule, 3 registered (in persons, with a
-- birth date), 4 age, 5 resident (somewhere on the day that decides), 6 study_municipality, 7 alive (on clock_date),
-- 8 emigrated (still resident or to return on clock_date, where emigration ends the risk time), 9 death_year (where the
-- year of death is dropped), 10 always_treated (municipalities without a year before the start leave), 11
-- left_the_window (a start year or years after the end that the study leaves out), 12 follow_up (whoever entered in
-- the year could be followed inside the study years), 13 covariates (all known), 14 movers (one home in all years
-- considered, where the study leaves movers out). An unknown sex counts as no woman. Age is in completed years on
-- 1 January or on clock_date, or calendar year less birth year. selection_age is what the age rule looks at: for a
-- baseline cohort the age on base_date, the first day of the period before the first start, the same in every row.
with considered as (
    select
        person_id,
        year,
        receives,
        clock_date,
        case when $age_rule = 'receipt day' or $period = 'quarter' then 100 * month(clock_date) + day(clock_date) else 101 end as age_day
    from considered_year
),

person as (
    select
        person_id,
        birth_date,
        100 * month(birth_date) + day(birth_date) as birthday,
        case when $receipt = 'baseline cohort' then year(cast($base_date as date)) - year(birth_date) end as base_years,
        100 * month(cast($base_date as date)) + day(cast($base_date as date)) as base_day,
        death_date,
        coalesce(woman, 0) as woman
    from stg_person
),

residence as (
    select person_id, gone_from
    from last_residence
),

followed as (
    select entry_date, until_date
    from follow_up
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
        year(considered.clock_date) - year(person.birth_date)
        - case when $age_rule <> 'birth year' and person.birthday > considered.age_day then 1 else 0 end as age,
        person.base_years - case when $age_rule <> 'birth year' and person.birthday > person.base_day then 1 else 0 end as base_age,
        case when incomplete.person_id is null then 0 else 1 end as covariate_unknown,
        case when movers.person_id is null then 0 else 1 end as has_moved,
        case when person.death_date < considered.clock_date then 1 else 0 end as dead,
        case when residence.gone_from <= considered.clock_date then 1 else 0 end as emigrated,
        case when $deaths = 'drop the year of death' and year(person.death_date) = year(considered.clock_date) then 1 else 0 end as in_death_year,
        case when considered.year = study.partial_year or considered.year >= study.ended_from then 1 else 0 end as outside_design,
        case when coalesce(followed.until_date, date '9999-12-31') > cast($horizon as date) then 1 else 0 end as unfinished
    from considered
    left join person on considered.person_id = person.person_id
    left join residence on considered.person_id = residence.person_id
    left join followed on make_date(considered.year, 12, 31) = followed.entry_date
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
    cast(coalesce(base_age, age) as integer) as selection_age,
    woman,
    cast(case
        when receives = 0 then 1
        when birth_date is null then 2
        when coalesce(base_age, age) not between cast($age_low as integer) and cast($age_high as integer) then 3
        when municipality is null then 4
        when arm is null then 5
        when dead = 1 then 6
        when emigrated = 1 then 7
        when in_death_year = 1 then 8
        when arm = 'always' then 9
        when outside_design = 1 then 10
        when $receipt = 'entry' and unfinished = 1 then 11
        when covariate_unknown = 1 then 12
        when has_moved = 1 then 13
        else 14
    end as integer) as last_step
from described
