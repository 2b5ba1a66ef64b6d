-- Customers with names and birth dates, the people whose lifetime value is worked out later.
CREATE OR REPLACE TABLE customer AS
SELECT * FROM read_parquet('raw/customer.parquet');
