-- Catalog returns: the items of mail orders that came back, with what it cost to take them.
CREATE OR REPLACE TABLE catalog_returns AS
SELECT * FROM read_parquet('raw/catalog_returns.parquet');
