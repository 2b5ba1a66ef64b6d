-- Shops with place, size and staff; a shop that changed has a row for each state it was in.
CREATE OR REPLACE TABLE store AS
SELECT * FROM read_parquet('raw/store.parquet');
