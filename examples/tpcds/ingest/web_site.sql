-- Web sites that the shop runs, each revision a row.
-- data_test unique web_site_sk
-- data_test not_null web_site_id,web_name
-- data_test sql SELECT * FROM web_site WHERE web_tax_percentage NOT BETWEEN 0 AND 1
CREATE OR REPLACE TABLE web_site AS
SELECT * FROM read_parquet('raw/web_site.parquet');
