-- Checks the dimensions and counts them: keys, references, calendar and clock, since every later join rests on them.
-- data_test date_dim: unique d_date_sk
-- data_test date_dim: unique d_date
-- data_test date_dim: not_null d_date,d_year,d_moy,d_dom,d_day_name
-- data_test date_dim: accepted_values d_day_name Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,Sunday
-- data_test sql SELECT d_date_sk, d_date FROM date_dim WHERE d_date_sk <> 2415022 + (d_date - DATE '1900-01-02')
-- data_test sql SELECT d_date, d_year, d_moy, d_dom FROM date_dim WHERE d_year <> year(d_date) OR d_moy <> month(d_date) OR d_dom <> day(d_date)
-- data_test time_dim: unique t_time_sk
-- data_test time_dim: accepted_values t_am_pm AM,PM
-- data_test sql SELECT t_time_sk, t_time, t_hour, t_minute, t_second FROM time_dim WHERE t_time <> t_hour * 3600 + t_minute * 60 + t_second
-- data_test item: unique i_item_sk
-- data_test item: not_null i_item_id
-- data_test item: accepted_values i_category Books,Children,Electronics,Home,Jewelry,Men,Music,Shoes,Sports,Women
-- data_test sql SELECT i_item_sk, i_current_price, i_wholesale_cost FROM item WHERE i_current_price <= 0 OR i_wholesale_cost <= 0
-- data_test sql SELECT i_item_sk, i_rec_start_date, i_rec_end_date FROM item WHERE i_rec_end_date < i_rec_start_date
-- data_test sql SELECT i_item_id, count(*) AS current_revisions FROM item WHERE i_rec_end_date IS NULL GROUP BY i_item_id HAVING count(*) > 1
-- data_test customer: unique c_customer_sk
-- data_test customer: unique c_customer_id
-- data_test customer: not_null c_customer_id,c_current_addr_sk
-- data_test customer: relationships c_current_addr_sk -> customer_address.ca_address_sk
-- data_test customer: relationships c_current_cdemo_sk -> customer_demographics.cd_demo_sk
-- data_test customer: relationships c_current_hdemo_sk -> household_demographics.hd_demo_sk
-- data_test customer: relationships c_first_sales_date_sk -> date_dim.d_date_sk
-- data_test customer: relationships c_first_shipto_date_sk -> date_dim.d_date_sk
-- data_test customer: relationships c_last_review_date_sk -> date_dim.d_date_sk
-- data_test customer: accepted_values c_preferred_cust_flag Y,N
-- data_test sql SELECT c_customer_sk, c_birth_year FROM customer WHERE c_birth_year NOT BETWEEN 1924 AND 1992
-- data_test customer_address: unique ca_address_sk
-- data_test customer_address: accepted_values ca_location_type apartment,condo,single family
-- data_test sql SELECT ca_address_sk, ca_zip, ca_state FROM customer_address WHERE NOT regexp_full_match(ca_zip, '[0-9]{5}') OR length(ca_state) <> 2
-- data_test customer_demographics: unique cd_demo_sk
-- data_test customer_demographics: accepted_values cd_gender M,F
-- data_test customer_demographics: accepted_values cd_marital_status M,S,D,W,U
-- data_test household_demographics: unique hd_demo_sk
-- data_test household_demographics: relationships hd_income_band_sk -> income_band.ib_income_band_sk
-- data_test household_demographics: accepted_values hd_buy_potential 0-500,501-1000,1001-5000,5001-10000,>10000,Unknown
-- data_test promotion: unique p_promo_sk
-- data_test promotion: unique p_promo_id
-- data_test promotion: relationships p_item_sk -> item.i_item_sk
-- data_test promotion: relationships p_start_date_sk -> date_dim.d_date_sk
-- data_test promotion: relationships p_end_date_sk -> date_dim.d_date_sk
-- data_test sql SELECT p_promo_sk, p_end_date_sk, p_start_date_sk, p_cost FROM promotion WHERE p_end_date_sk < p_start_date_sk OR p_cost < 0
-- data_test store: unique s_store_sk
-- data_test store: not_null s_store_id,s_store_name,s_state
-- data_test store: relationships s_closed_date_sk -> date_dim.d_date_sk
-- data_test sql SELECT s_store_id, count(*) AS current_revisions FROM store WHERE s_rec_end_date IS NULL GROUP BY s_store_id HAVING count(*) > 1
-- data_test call_center: relationships cc_open_date_sk -> date_dim.d_date_sk
-- data_test catalog_page: relationships cp_start_date_sk -> date_dim.d_date_sk
-- data_test catalog_page: relationships cp_end_date_sk -> date_dim.d_date_sk
-- data_test web_page: relationships wp_customer_sk -> customer.c_customer_sk
-- data_test web_page: relationships wp_creation_date_sk -> date_dim.d_date_sk
-- data_test web_site: relationships web_open_date_sk -> date_dim.d_date_sk
-- data_test unique table_name
-- data_test sql SELECT * FROM quality.dimensions WHERE row_count = 0 OR entity_count > row_count
CREATE SCHEMA IF NOT EXISTS quality;

CREATE OR REPLACE TABLE quality.dimensions AS
SELECT 'call_center' AS table_name, count(*) AS row_count, count(DISTINCT cc_call_center_id) AS entity_count FROM call_center
UNION ALL
SELECT 'catalog_page', count(*), count(DISTINCT cp_catalog_page_id) FROM catalog_page
UNION ALL
SELECT 'customer', count(*), count(DISTINCT c_customer_id) FROM customer
UNION ALL
SELECT 'customer_address', count(*), count(DISTINCT ca_address_id) FROM customer_address
UNION ALL
SELECT 'customer_demographics', count(*), count(DISTINCT cd_demo_sk) FROM customer_demographics
UNION ALL
SELECT 'date_dim', count(*), count(DISTINCT d_date) FROM date_dim
UNION ALL
SELECT 'household_demographics', count(*), count(DISTINCT hd_demo_sk) FROM household_demographics
UNION ALL
SELECT 'income_band', count(*), count(DISTINCT ib_income_band_sk) FROM income_band
UNION ALL
SELECT 'item', count(*), count(DISTINCT i_item_id) FROM item
UNION ALL
SELECT 'promotion', count(*), count(DISTINCT p_promo_id) FROM promotion
UNION ALL
SELECT 'reason', count(*), count(DISTINCT r_reason_id) FROM reason
UNION ALL
SELECT 'ship_mode', count(*), count(DISTINCT sm_ship_mode_id) FROM ship_mode
UNION ALL
SELECT 'store', count(*), count(DISTINCT s_store_id) FROM store
UNION ALL
SELECT 'time_dim', count(*), count(DISTINCT t_time_id) FROM time_dim
UNION ALL
SELECT 'warehouse', count(*), count(DISTINCT w_warehouse_id) FROM warehouse
UNION ALL
SELECT 'web_page', count(*), count(DISTINCT wp_web_page_id) FROM web_page
UNION ALL
SELECT 'web_site', count(*), count(DISTINCT web_site_id) FROM web_site
ORDER BY table_name;
