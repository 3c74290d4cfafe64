-- model: check_rollout
-- grain: one row
-- reads: extract_rollout, resident_municipality, listed_treated, acting_unit
-- params: programme, rollout_end_offset, country, first_year, last_year, last_day, first_treated_year, all_treated
-- Rows of the study's programme, then one line per unit that treatment acts on with its earliest start and last end.
-- adopting: the first treated year lies in the window. always: the start lies in or before the first year.
-- late: the first treated year lies after the window. ended: a treated programme stops before the last study day.
-- not_started: municipalities the study lists as treated that have no start.
with extract as (
    select
        nullif(trim(municipality), '') as municipality,
        nullif(trim(start_date), '') as start_text,
        nullif(trim(end_date), '') as end_text,
        programme
    from extract_rollout
),

chosen as (
    select
        extract.municipality as named,
        units.unit as known_unit,
        coalesce(units.unit, extract.municipality) as municipality,
        extract.start_text,
        extract.end_text,
        try_cast(extract.start_text as date) as start_date,
        try_cast(extract.end_text as date) as end_date
    from extract
    left join acting_unit as units on extract.municipality = units.municipality
    where cast($programme as varchar) is null or extract.programme = $programme
),

row_rules as (
    select
        cast(count(*) as bigint) as total,
        cast(case when count(*) = 0 then 1 else 0 end as bigint) as no_rows,
        cast(count(*) filter (
            where named is null
                or ($country = 'NO' and known_unit is null and not regexp_matches(named, '^[0-9][0-9][0-9][0-9]$'))
        ) as bigint) as malformed_code,
        cast(count(*) filter (where start_date is null) as bigint) as malformed_start,
        cast(count(*) filter (where end_text is not null and end_date is null) as bigint) as malformed_end,
        cast(count(*) filter (where end_date < start_date) as bigint) as start_after_end
    from chosen
),

programmes as (
    select
        municipality,
        count(*) as starts,
        min(start_date) as start_date,
        max(coalesce(end_date + cast($rollout_end_offset as integer), date '9999-12-31')) as end_date
    from chosen
    where municipality is not null and start_date is not null
    group by municipality
),

described as (
    select
        programmes.municipality,
        programmes.starts,
        programmes.end_date,
        year(programmes.start_date) as start_year,
        case
            when $first_treated_year = 'year of start' then year(programmes.start_date)
            when month(programmes.start_date) = 1 and day(programmes.start_date) = 1 then year(programmes.start_date)
            else year(programmes.start_date) + 1
        end as adoption_year,
        case when $all_treated = 1 or listed.municipality is not null then 1 else 0 end as is_chosen,
        case when residents.municipality is null then 0 else 1 end as has_residents
    from programmes
    left join resident_municipality as residents on programmes.municipality = residents.municipality
    left join listed_treated as listed on programmes.municipality = listed.municipality
),

municipality_rules as (
    select
        cast(count(*) as bigint) as municipalities,
        cast(count(*) filter (where starts > 1) as bigint) as several_starts,
        cast(count(*) filter (where start_year <= $first_year) as bigint) as always,
        cast(count(*) filter (where adoption_year > $last_year) as bigint) as late,
        cast(count(*) filter (
            where is_chosen = 1 and start_year > $first_year and adoption_year <= $last_year
        ) as bigint) as treated,
        cast(count(*) filter (
            where is_chosen = 1 and start_year > $first_year and adoption_year <= $last_year and has_residents = 0
        ) as bigint) as without_residents,
        cast(count(*) filter (
            where is_chosen = 1 and start_year > $first_year and adoption_year <= $last_year and end_date <= $last_day
        ) as bigint) as ended
    from described
),

listed as (
    select
        cast(count(*) as bigint) as listed_treated,
        cast(count(*) filter (where programmes.municipality is null) as bigint) as not_started
    from listed_treated
    left join programmes on listed_treated.municipality = programmes.municipality
)

select
    row_rules.total,
    row_rules.no_rows,
    row_rules.malformed_code,
    row_rules.malformed_start,
    row_rules.malformed_end,
    row_rules.start_after_end,
    municipality_rules.municipalities,
    municipality_rules.several_starts,
    municipality_rules.always,
    municipality_rules.late,
    municipality_rules.treated,
    municipality_rules.without_residents,
    municipality_rules.ended,
    listed.listed_treated,
    listed.not_started
from row_rules
cross join municipality_rules
cross join listed
