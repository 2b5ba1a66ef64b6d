-- Every combination of gender, marital status, education and credit that a customer may have.
CREATE OR REPLACE TABLE customer_demographics AS
SELECT * FROM read_parquet('raw/customer_demographics.parquet');
