-- model: stg_municipality
-- grain: one row per municipality and year that the table of municipalities is about (municipality, year)
-- reads: extract_municipalities
-- params: none
-- year 0 stands for all years. type: as delivered, one for the year where rows repeat (a contract error where the study
-- uses it). A year that is none leaves the row out (a contract error).
with extract as (
    select
        nullif(trim(municipality), '') as municipality,
        nullif(trim(year), '') as year_text,
        nullif(trim(type), '') as type
    from extract_municipalities
),

described as (
    select
        municipality,
        case when year_text is null then 0 else try_cast(year_text as integer) end as year,
        type
    from extract
)

select
    municipality,
    year,
    min(type) as type
from described
where municipality is not null and year is not null
group by municipality, year
