-- model: check_outcome_benefit
-- grain: one row
-- reads: extract_benefits
-- params: named_benefit
-- One outcome whose definition names a benefit. absent: 1 where no row of benefits has it.
with found as (
    select count(*) as times
    from extract_benefits
    where benefit = $named_benefit
)

select
    cast(1 as bigint) as outcomes,
    cast(case when found.times = 0 then 1 else 0 end as bigint) as absent
from found
