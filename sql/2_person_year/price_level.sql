-- model: price_level
-- grain: one row per study year with a known price level (year)
-- reads: study_year, stg_price_index
-- params: prices_of
-- factor_e6: what an amount of the year is multiplied by, in millionths, to be in the prices of the year the study
-- names; 1000000 where amounts stay nominal.
with years as (
    select year, year(first_day) as calendar_year
    from study_year
),

prices as (
    select year, price
    from stg_price_index
),

base as (
    select price
    from prices
    where year = cast($prices_of as integer)
)

select
    years.year,
    cast(1000000 as bigint) as factor_e6
from years
where cast($prices_of as integer) is null
union all
select
    years.year,
    cast(round(cast(base.price as double) / prices.price * 1000000) as bigint) as factor_e6
from years
inner join prices on years.calendar_year = prices.year
cross join base
