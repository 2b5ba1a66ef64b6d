-- Store sales with calendar, item, customer, shop, promotion and the line's return in one wide table, ready to analyse without joins.
-- on ducklake://main/quality.store_sales
-- on ducklake://main/quality.store_returns
-- on ducklake://main/quality.dimensions
-- data_test not_null channel,order_number,item_sk,item_id,is_returned
-- data_test sql SELECT count(*) AS lines FROM analytics.store_sales HAVING count(*) <> (SELECT count(*) FROM store_sales)
CREATE SCHEMA IF NOT EXISTS analytics;

-- Amounts that are missing are worked out from the others: validate/store_sales has proved how they relate.
CREATE OR REPLACE TABLE analytics.store_sales AS
SELECT
  'store' AS channel,
  ss_ticket_number AS order_number,
  d_date AS sold_date,
  d_year AS sold_year,
  d_moy AS sold_month,
  d_day_name AS sold_weekday,
  t_hour AS sold_hour,
  ss_item_sk AS item_sk,
  i_item_id AS item_id,
  i_product_name AS product_name,
  i_brand AS brand,
  i_class AS class,
  i_category AS category,
  ss_customer_sk AS customer_sk,
  cd_gender AS customer_gender,
  cd_education_status AS customer_education,
  ca_state AS customer_state,
  ss_store_sk AS store_sk,
  s_store_name AS store_name,
  s_city AS store_city,
  s_state AS store_state,
  ss_promo_sk AS promo_sk,
  p_promo_id AS promo_id,
  ss_quantity AS quantity,
  ss_list_price AS list_price,
  ss_sales_price AS sales_price,
  CAST(coalesce(ss_ext_sales_price, ss_quantity * ss_sales_price, ss_net_paid + ss_coupon_amt) AS DECIMAL(9, 2)) AS gross_revenue,
  CAST(coalesce(ss_coupon_amt, ss_ext_sales_price - ss_net_paid) AS DECIMAL(9, 2)) AS coupon_amount,
  CAST(coalesce(ss_net_paid, ss_ext_sales_price - ss_coupon_amt, ss_net_paid_inc_tax - ss_ext_tax) AS DECIMAL(9, 2)) AS revenue,
  CAST(coalesce(ss_net_profit, ss_net_paid - ss_ext_wholesale_cost) AS DECIMAL(9, 2)) AS profit,
  sr_item_sk IS NOT NULL AS is_returned,
  sr_return_quantity AS returned_quantity,
  sr_return_amt AS returned_amount,
  r_reason_desc AS return_reason
FROM store_sales
LEFT JOIN date_dim ON d_date_sk = ss_sold_date_sk
LEFT JOIN time_dim ON t_time_sk = ss_sold_time_sk
LEFT JOIN item ON i_item_sk = ss_item_sk
LEFT JOIN customer_demographics ON cd_demo_sk = ss_cdemo_sk
LEFT JOIN customer_address ON ca_address_sk = ss_addr_sk
LEFT JOIN store ON s_store_sk = ss_store_sk
LEFT JOIN promotion ON p_promo_sk = ss_promo_sk
LEFT JOIN store_returns ON sr_item_sk = ss_item_sk AND sr_ticket_number = ss_ticket_number
LEFT JOIN reason ON r_reason_sk = sr_reason_sk;
