-- Catalog sales with calendar, item, customer, shipping, promotion and the line's return in one wide table, ready to analyse without joins.
-- on ducklake://main/quality.catalog_sales
-- on ducklake://main/quality.catalog_returns
-- on ducklake://main/quality.dimensions
-- data_test not_null channel,order_number,item_sk,item_id,is_returned
-- data_test sql SELECT count(*) AS lines FROM analytics.catalog_sales HAVING count(*) <> (SELECT count(*) FROM catalog_sales)
CREATE SCHEMA IF NOT EXISTS analytics;

-- Amounts that are missing are worked out from the others: validate/catalog_sales has proved how they relate.
CREATE OR REPLACE TABLE analytics.catalog_sales AS
SELECT
  'catalog' AS channel,
  cs_order_number AS order_number,
  d_date AS sold_date,
  d_year AS sold_year,
  d_moy AS sold_month,
  d_day_name AS sold_weekday,
  t_hour AS sold_hour,
  cs_ship_date_sk - cs_sold_date_sk AS days_to_ship,
  cs_item_sk AS item_sk,
  i_item_id AS item_id,
  i_product_name AS product_name,
  i_brand AS brand,
  i_class AS class,
  i_category AS category,
  cs_bill_customer_sk AS customer_sk,
  cd_gender AS customer_gender,
  cd_education_status AS customer_education,
  ca_state AS customer_state,
  cc_name AS call_center_name,
  cp_type AS catalog_type,
  sm_type AS ship_type,
  sm_carrier AS ship_carrier,
  cs_warehouse_sk AS warehouse_sk,
  cs_promo_sk AS promo_sk,
  p_promo_id AS promo_id,
  cs_quantity AS quantity,
  cs_list_price AS list_price,
  cs_sales_price AS sales_price,
  CAST(coalesce(cs_ext_sales_price, cs_quantity * cs_sales_price, cs_net_paid + cs_coupon_amt) AS DECIMAL(9, 2)) AS gross_revenue,
  CAST(coalesce(cs_coupon_amt, cs_ext_sales_price - cs_net_paid) AS DECIMAL(9, 2)) AS coupon_amount,
  CAST(coalesce(cs_net_paid, cs_ext_sales_price - cs_coupon_amt, cs_net_paid_inc_ship - cs_ext_ship_cost) AS DECIMAL(9, 2)) AS revenue,
  CAST(cs_net_profit AS DECIMAL(9, 2)) AS profit,
  cr_item_sk IS NOT NULL AS is_returned,
  cr_return_quantity AS returned_quantity,
  cr_return_amount AS returned_amount,
  r_reason_desc AS return_reason
FROM catalog_sales
LEFT JOIN date_dim ON d_date_sk = cs_sold_date_sk
LEFT JOIN time_dim ON t_time_sk = cs_sold_time_sk
LEFT JOIN item ON i_item_sk = cs_item_sk
LEFT JOIN customer_demographics ON cd_demo_sk = cs_bill_cdemo_sk
LEFT JOIN customer_address ON ca_address_sk = cs_bill_addr_sk
LEFT JOIN call_center ON cc_call_center_sk = cs_call_center_sk
LEFT JOIN catalog_page ON cp_catalog_page_sk = cs_catalog_page_sk
LEFT JOIN ship_mode ON sm_ship_mode_sk = cs_ship_mode_sk
LEFT JOIN promotion ON p_promo_sk = cs_promo_sk
LEFT JOIN catalog_returns ON cr_item_sk = cs_item_sk AND cr_order_number = cs_order_number
LEFT JOIN reason ON r_reason_sk = cr_reason_sk;
