-- model: stg_municipality_value
-- grain: one row per municipality, year and municipality covariate of the study (municipality, year, position)
-- reads: delivered_municipality_value, municipality_unit
-- params: none
-- delivered_municipality_value is the study's columns of the table of municipalities made long. year 0 stands for all
-- years. What is empty or no number is left out, so that absent rows are unknown.
-- Codes become the units of the study; a unit has the plain mean of the municipalities in it that are known.
with extract as (
    select
        nullif(trim(municipality), '') as municipality,
        nullif(trim(year), '') as year_text,
        position,
        try_cast(nullif(trim(value), '') as double) as value
    from delivered_municipality_value
),

units as (
    select municipality, unit
    from municipality_unit
),

described as (
    select
        coalesce(units.unit, extract.municipality) as municipality,
        case when extract.year_text is null then 0 else try_cast(extract.year_text as integer) end as year,
        extract.position,
        extract.value,
        try_cast(extract.value as decimal(38, 9)) as exact_value
    from extract
    left join units on extract.municipality = units.municipality
)

select
    municipality,
    year,
    position,
    case
        when min(value) = max(value) then min(value)
        else cast(sum(exact_value) as double) / count(exact_value)
    end as value
from described
where municipality is not null and year is not null and value is not null and abs(value) < 1e300
group by municipality, year, position
