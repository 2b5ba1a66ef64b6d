-- Weekly stock counts of each item in each warehouse, the only measure of what selling ties up.
CREATE OR REPLACE TABLE inventory AS
SELECT * FROM read_parquet('raw/inventory.parquet');
