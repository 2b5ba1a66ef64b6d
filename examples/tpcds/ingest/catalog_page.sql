-- Pages of each printed catalog, which tell what page a mail order was read from.
-- data_test unique cp_catalog_page_sk
-- data_test unique cp_catalog_page_id
-- data_test accepted_values cp_type bi-annual,quarterly,monthly
CREATE OR REPLACE TABLE catalog_page AS
SELECT * FROM read_parquet('raw/catalog_page.parquet');
