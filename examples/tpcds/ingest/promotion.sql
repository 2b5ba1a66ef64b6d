-- Promotions with their item, dates and media, so that sales can be credited to them.
CREATE OR REPLACE TABLE promotion AS
SELECT * FROM read_parquet('raw/promotion.parquet');
