-- Reasons that customers give when they bring something back, which return rates are split by.
-- data_test unique r_reason_sk
-- data_test not_null r_reason_id,r_reason_desc
CREATE OR REPLACE TABLE reason AS
SELECT * FROM read_parquet('raw/reason.parquet');
