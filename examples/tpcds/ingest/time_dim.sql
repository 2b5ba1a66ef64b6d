-- The clock: one row for each second of a day, which gives every sale its hour and shift.
CREATE OR REPLACE TABLE time_dim AS
SELECT * FROM read_parquet('raw/time_dim.parquet');
