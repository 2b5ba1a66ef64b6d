-- Items for sale with brand, class and category; a new revision of an item is a new row.
CREATE OR REPLACE TABLE item AS
SELECT * FROM read_parquet('raw/item.parquet');
