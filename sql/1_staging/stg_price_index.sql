-- model: stg_price_index
-- grain: one row per calendar year of the price index (year)
-- reads: extract_price_index
-- params: none
-- price: the index of the year, above zero; a row that is none is left out (a contract error), of a repeated year the
-- smallest counts (a contract error too).
with extract as (
    select
        try_cast(nullif(trim(year), '') as integer) as year,
        try_cast(nullif(trim("index"), '') as double) as price
    from extract_price_index
)

select
    year,
    min(price) as price
from extract
where year is not null and price > 0 and price < 1e12
group by year
