-- model: stg_municipality_value
-- grain: one row per municipality, year and municipality covariate of the study (municipality, year, position)
-- reads: delivered_municipality_value
-- params: none
-- delivered_municipality_value is the study's columns of the table of municipalities made long. year 0 stands for all
-- years. What is empty or no number is left out, so that absent rows are unknown.
with extract as (
    select
        nullif(trim(municipality), '') as municipality,
        nullif(trim(year), '') as year_text,
        position,
        try_cast(nullif(trim(value), '') as double) as value
    from delivered_municipality_value
),

described as (
    select
        municipality,
        case when year_text is null then 0 else try_cast(year_text as integer) end as year,
        position,
        value
    from extract
)

select
    municipality,
    year,
    position,
    min(value) as value
from described
where municipality is not null and year is not null and value is not null and abs(value) < 1e300
group by municipality, year, position
