-- Store sales: one row for each item on a shop's till receipt, the largest channel of the business.
CREATE OR REPLACE TABLE store_sales AS
SELECT * FROM read_parquet('raw/store_sales.parquet');
