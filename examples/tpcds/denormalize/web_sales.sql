-- Web sales with calendar, item, customer, site, shipping, promotion and the line's return in one wide table, ready to analyse without joins.
-- on ducklake://main/quality.web_sales
-- on ducklake://main/quality.web_returns
-- on ducklake://main/quality.dimensions
-- data_test not_null channel,order_number,item_sk,item_id,is_returned
-- data_test sql SELECT count(*) AS lines FROM analytics.web_sales HAVING count(*) <> (SELECT count(*) FROM web_sales)
CREATE SCHEMA IF NOT EXISTS analytics;

-- Amounts that are missing are worked out from the others: validate/web_sales has proved how they relate.
CREATE OR REPLACE TABLE analytics.web_sales AS
SELECT
  'web' AS channel,
  ws_order_number AS order_number,
  d_date AS sold_date,
  d_year AS sold_year,
  d_moy AS sold_month,
  d_day_name AS sold_weekday,
  t_hour AS sold_hour,
  ws_ship_date_sk - ws_sold_date_sk AS days_to_ship,
  ws_item_sk AS item_sk,
  i_item_id AS item_id,
  i_product_name AS product_name,
  i_brand AS brand,
  i_class AS class,
  i_category AS category,
  ws_bill_customer_sk AS customer_sk,
  cd_gender AS customer_gender,
  cd_education_status AS customer_education,
  ca_state AS customer_state,
  web_name AS site_name,
  wp_type AS page_type,
  sm_type AS ship_type,
  sm_carrier AS ship_carrier,
  ws_warehouse_sk AS warehouse_sk,
  ws_promo_sk AS promo_sk,
  p_promo_id AS promo_id,
  ws_quantity AS quantity,
  ws_list_price AS list_price,
  ws_sales_price AS sales_price,
  CAST(coalesce(ws_ext_sales_price, ws_quantity * ws_sales_price, ws_net_paid + ws_coupon_amt) AS DECIMAL(9, 2)) AS gross_revenue,
  CAST(coalesce(ws_coupon_amt, ws_ext_sales_price - ws_net_paid) AS DECIMAL(9, 2)) AS coupon_amount,
  CAST(coalesce(ws_net_paid, ws_ext_sales_price - ws_coupon_amt, ws_net_paid_inc_ship - ws_ext_ship_cost) AS DECIMAL(9, 2)) AS revenue,
  CAST(ws_net_profit AS DECIMAL(9, 2)) AS profit,
  wr_item_sk IS NOT NULL AS is_returned,
  wr_return_quantity AS returned_quantity,
  wr_return_amt AS returned_amount,
  r_reason_desc AS return_reason
FROM web_sales
LEFT JOIN date_dim ON d_date_sk = ws_sold_date_sk
LEFT JOIN time_dim ON t_time_sk = ws_sold_time_sk
LEFT JOIN item ON i_item_sk = ws_item_sk
LEFT JOIN customer_demographics ON cd_demo_sk = ws_bill_cdemo_sk
LEFT JOIN customer_address ON ca_address_sk = ws_bill_addr_sk
LEFT JOIN web_site ON web_site_sk = ws_web_site_sk
LEFT JOIN web_page ON wp_web_page_sk = ws_web_page_sk
LEFT JOIN ship_mode ON sm_ship_mode_sk = ws_ship_mode_sk
LEFT JOIN promotion ON p_promo_sk = ws_promo_sk
LEFT JOIN web_returns ON wr_item_sk = ws_item_sk AND wr_order_number = ws_order_number
LEFT JOIN reason ON r_reason_sk = wr_reason_sk;
