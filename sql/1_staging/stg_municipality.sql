-- model: stg_municipality
-- grain: one row per municipality and year that the table of municipalities is about (municipality, year)
-- reads: extract_municipalities, municipality_unit
-- params: none
-- Codes become the units of the study. year 0 stands for all years. type: as delivered, one for the year where rows repeat (a contract error where the study
-- uses it) or the codes of a unit differ. A year that is none leaves the row out (a contract error).
with extract as (
    select
        nullif(trim(municipality), '') as municipality,
        nullif(trim(year), '') as year_text,
        nullif(trim(type), '') as type
    from extract_municipalities
),

units as (
    select municipality, unit
    from municipality_unit
),

described as (
    select
        coalesce(units.unit, extract.municipality) as municipality,
        case when extract.year_text is null then 0 else try_cast(extract.year_text as integer) end as year,
        extract.type
    from extract
    left join units on extract.municipality = units.municipality
)

select
    municipality,
    year,
    min(type) as type
from described
where municipality is not null and year is not null
group by municipality, year
