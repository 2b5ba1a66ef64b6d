-- Customers' addresses, which tell where a sale came from.
CREATE OR REPLACE TABLE customer_address AS
SELECT * FROM read_parquet('raw/customer_address.parquet');
