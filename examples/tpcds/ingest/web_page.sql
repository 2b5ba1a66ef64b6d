-- Pages of the web shop with type and size, which tell what page sold something.
-- data_test unique wp_web_page_sk
-- data_test accepted_values wp_autogen_flag Y,N
-- data_test sql SELECT * FROM web_page WHERE wp_rec_end_date < wp_rec_start_date
CREATE OR REPLACE TABLE web_page AS
SELECT * FROM read_parquet('raw/web_page.parquet');
