-- Checks web sales and sums them up: keys, references, ranges, arithmetic, and nothing ships before it is sold.
-- data_test web_sales: unique ws_item_sk,ws_order_number
-- data_test web_sales: not_null ws_item_sk,ws_order_number,ws_net_paid_inc_ship,ws_net_paid_inc_ship_tax,ws_net_profit
-- data_test web_sales: relationships ws_sold_date_sk -> date_dim.d_date_sk
-- data_test web_sales: relationships ws_sold_time_sk -> time_dim.t_time_sk
-- data_test web_sales: relationships ws_ship_date_sk -> date_dim.d_date_sk
-- data_test web_sales: relationships ws_item_sk -> item.i_item_sk
-- data_test web_sales: relationships ws_bill_customer_sk -> customer.c_customer_sk
-- data_test web_sales: relationships ws_bill_cdemo_sk -> customer_demographics.cd_demo_sk
-- data_test web_sales: relationships ws_bill_hdemo_sk -> household_demographics.hd_demo_sk
-- data_test web_sales: relationships ws_bill_addr_sk -> customer_address.ca_address_sk
-- data_test web_sales: relationships ws_ship_customer_sk -> customer.c_customer_sk
-- data_test web_sales: relationships ws_ship_cdemo_sk -> customer_demographics.cd_demo_sk
-- data_test web_sales: relationships ws_ship_hdemo_sk -> household_demographics.hd_demo_sk
-- data_test web_sales: relationships ws_ship_addr_sk -> customer_address.ca_address_sk
-- data_test web_sales: relationships ws_web_page_sk -> web_page.wp_web_page_sk
-- data_test web_sales: relationships ws_web_site_sk -> web_site.web_site_sk
-- data_test web_sales: relationships ws_ship_mode_sk -> ship_mode.sm_ship_mode_sk
-- data_test web_sales: relationships ws_warehouse_sk -> warehouse.w_warehouse_sk
-- data_test web_sales: relationships ws_promo_sk -> promotion.p_promo_sk
-- data_test sql SELECT ws_order_number, ws_item_sk, ws_quantity FROM web_sales WHERE ws_quantity NOT BETWEEN 1 AND 100
-- data_test sql SELECT ws_order_number, ws_item_sk, ws_wholesale_cost, ws_list_price, ws_sales_price, ws_coupon_amt, ws_ext_tax, ws_ext_ship_cost, ws_net_paid FROM web_sales WHERE least(ws_wholesale_cost, ws_list_price, ws_sales_price, ws_coupon_amt, ws_ext_tax, ws_ext_ship_cost, ws_net_paid) < 0
-- data_test sql SELECT ws_order_number, ws_item_sk, ws_list_price, ws_wholesale_cost, ws_sales_price FROM web_sales WHERE ws_list_price < greatest(ws_wholesale_cost, ws_sales_price)
-- data_test sql SELECT ws_order_number, ws_item_sk, ws_ext_sales_price, ws_quantity, ws_sales_price FROM web_sales WHERE ws_ext_sales_price <> ws_quantity * ws_sales_price
-- data_test sql SELECT ws_order_number, ws_item_sk, ws_net_paid, ws_ext_sales_price, ws_coupon_amt FROM web_sales WHERE ws_net_paid <> ws_ext_sales_price - ws_coupon_amt
-- data_test sql SELECT ws_order_number, ws_item_sk, ws_net_profit, ws_net_paid, ws_ext_wholesale_cost FROM web_sales WHERE ws_net_profit <> ws_net_paid - ws_ext_wholesale_cost
-- data_test sql SELECT ws_order_number, ws_item_sk, ws_ship_date_sk, ws_sold_date_sk FROM web_sales WHERE ws_ship_date_sk < ws_sold_date_sk OR ws_ship_date_sk > ws_sold_date_sk + 120
-- data_test sql SELECT ws_order_number FROM web_sales GROUP BY ws_order_number HAVING min(ws_sold_date_sk) <> max(ws_sold_date_sk) OR min(ws_bill_customer_sk) <> max(ws_bill_customer_sk)
-- data_test not_null first_day,last_day,revenue
-- data_test sql SELECT * FROM quality.web_sales WHERE first_day < DATE '1998-01-01' OR last_day > DATE '2003-12-31'
-- data_test sql SELECT * FROM quality.web_sales WHERE rows_without_day > 0.01 * row_count OR rows_without_customer > 0.01 * row_count
CREATE SCHEMA IF NOT EXISTS quality;

CREATE OR REPLACE TABLE quality.web_sales AS
SELECT
  'web_sales' AS table_name,
  count(*) AS row_count,
  count(DISTINCT ws_order_number) AS order_count,
  min(d_date) AS first_day,
  max(d_date) AS last_day,
  count(*) - count(ws_sold_date_sk) AS rows_without_day,
  count(*) - count(ws_bill_customer_sk) AS rows_without_customer,
  count(*) - count(ws_net_paid) AS rows_without_amount,
  CAST(sum(ws_net_paid) AS DECIMAL(18, 2)) AS revenue
FROM web_sales
LEFT JOIN date_dim ON d_date_sk = ws_sold_date_sk;
