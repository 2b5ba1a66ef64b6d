-- Web sales: one row for each item of an online order, with the site and the page that sold it.
CREATE OR REPLACE TABLE web_sales AS
SELECT * FROM read_parquet('raw/web_sales.parquet');
