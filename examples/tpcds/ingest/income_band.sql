-- Bounds of the income bands that households are grouped by.
-- data_test unique ib_income_band_sk
-- data_test not_null ib_lower_bound,ib_upper_bound
-- data_test sql SELECT * FROM income_band WHERE ib_lower_bound >= ib_upper_bound
CREATE OR REPLACE TABLE income_band AS
SELECT * FROM read_parquet('raw/income_band.parquet');
