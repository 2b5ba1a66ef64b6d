-- Catalog sales: one row for each item of a mail order, with where it ships from and how.
CREATE OR REPLACE TABLE catalog_sales AS
SELECT * FROM read_parquet('raw/catalog_sales.parquet');
