-- Ways to ship an order, with carrier and contract.
-- data_test unique sm_ship_mode_sk
-- data_test not_null sm_type,sm_carrier
-- data_test accepted_values sm_type EXPRESS,LIBRARY,NEXT DAY,OVERNIGHT,REGULAR,TWO DAY
CREATE OR REPLACE TABLE ship_mode AS
SELECT * FROM read_parquet('raw/ship_mode.parquet');
