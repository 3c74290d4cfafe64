-- model: check_comparison
-- grain: one row
-- reads: extract_rollout, extract_municipalities, resident_municipality, listed_comparison, acting_unit
-- params: programme, first_year, last_year, first_treated_year, all_compared
-- Comparison municipalities: the listed ones, or with all_compared = 1 every municipality with residents that is not
-- in the rollout. treated: listed and first treated in or before the last study year. without_residents: listed
-- but nobody lives there in the window. status_unknown: neither in the rollout nor in the municipalities table.
-- other_programme: with another programme than the study's in some study year.
with extract as (
    select
        nullif(trim(municipality), '') as named,
        try_cast(nullif(trim(start_date), '') as date) as start_date,
        try_cast(nullif(trim(end_date), '') as date) as end_date,
        programme
    from extract_rollout
),

delivered as (
    select distinct nullif(trim(municipality), '') as named
    from extract_municipalities
),

units as (
    select municipality, unit
    from acting_unit
),

started as (
    select
        coalesce(units.unit, extract.named) as municipality,
        extract.start_date,
        extract.end_date,
        extract.programme
    from extract
    left join units on extract.named = units.municipality
),

rollout as (
    select
        municipality,
        min(start_date) as start_date
    from started
    where cast($programme as varchar) is null or programme = $programme
    group by municipality
),

others as (
    select distinct municipality
    from started
    where programme <> $programme
        and year(start_date) <= $last_year
        and coalesce(year(end_date), $last_year) >= $first_year
),

known as (
    select distinct coalesce(units.unit, delivered.named) as municipality
    from delivered
    left join units on delivered.named = units.municipality
),

compared as (
    select municipality, 1 as is_listed
    from listed_comparison
    union all
    select residents.municipality, 0 as is_listed
    from resident_municipality as residents
    left join rollout on residents.municipality = rollout.municipality
    where $all_compared = 1 and rollout.municipality is null
),

described as (
    select
        compared.is_listed,
        rollout.municipality as in_rollout,
        known.municipality as in_municipalities,
        residents.municipality as with_residents,
        others.municipality as in_others,
        case
            when $first_treated_year = 'year of start' then year(rollout.start_date)
            when month(rollout.start_date) = 1 and day(rollout.start_date) = 1 then year(rollout.start_date)
            else year(rollout.start_date) + 1
        end as adoption_year
    from compared
    left join rollout on compared.municipality = rollout.municipality
    left join known on compared.municipality = known.municipality
    left join others on compared.municipality = others.municipality
    left join resident_municipality as residents on compared.municipality = residents.municipality
)

select
    cast(count(*) as bigint) as total,
    cast(count(*) filter (where adoption_year <= $last_year) as bigint) as treated,
    cast(count(*) filter (where is_listed = 1 and with_residents is null) as bigint) as without_residents,
    cast(count(*) filter (where in_rollout is null and in_municipalities is null) as bigint) as status_unknown,
    cast(count(in_others) as bigint) as other_programme
from described
