-- Every combination of income band, buying power, dependants and vehicles of a household.
CREATE OR REPLACE TABLE household_demographics AS
SELECT * FROM read_parquet('raw/household_demographics.parquet');
