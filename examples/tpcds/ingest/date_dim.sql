-- The calendar: one row for each day, which gives every sale its month, quarter and year.
CREATE OR REPLACE TABLE date_dim AS
SELECT * FROM read_parquet('raw/date_dim.parquet');
