-- Store returns: the items of till receipts that were brought back, and why, which every return rate starts from.
CREATE OR REPLACE TABLE store_returns AS
SELECT * FROM read_parquet('raw/store_returns.parquet');
