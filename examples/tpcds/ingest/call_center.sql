-- Call centers that take the catalog's orders.
-- data_test not_null cc_call_center_id,cc_name
-- data_test unique cc_call_center_sk
-- data_test accepted_values cc_class small,medium,large
CREATE OR REPLACE TABLE call_center AS
SELECT * FROM read_parquet('raw/call_center.parquet');
