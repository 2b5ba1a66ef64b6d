-- Web returns: the items of online orders that came back, with refunds and fees.
CREATE OR REPLACE TABLE web_returns AS
SELECT * FROM read_parquet('raw/web_returns.parquet');
