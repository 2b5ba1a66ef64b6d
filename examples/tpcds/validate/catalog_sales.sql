-- Checks catalog sales and sums them up: keys, references, ranges, arithmetic, and nothing ships before it is sold.
-- data_test catalog_sales: unique cs_item_sk,cs_order_number
-- data_test catalog_sales: not_null cs_item_sk,cs_order_number,cs_net_paid_inc_ship,cs_net_paid_inc_ship_tax,cs_net_profit
-- data_test catalog_sales: relationships cs_sold_date_sk -> date_dim.d_date_sk
-- data_test catalog_sales: relationships cs_sold_time_sk -> time_dim.t_time_sk
-- data_test catalog_sales: relationships cs_ship_date_sk -> date_dim.d_date_sk
-- data_test catalog_sales: relationships cs_item_sk -> item.i_item_sk
-- data_test catalog_sales: relationships cs_bill_customer_sk -> customer.c_customer_sk
-- data_test catalog_sales: relationships cs_bill_cdemo_sk -> customer_demographics.cd_demo_sk
-- data_test catalog_sales: relationships cs_bill_hdemo_sk -> household_demographics.hd_demo_sk
-- data_test catalog_sales: relationships cs_bill_addr_sk -> customer_address.ca_address_sk
-- data_test catalog_sales: relationships cs_ship_customer_sk -> customer.c_customer_sk
-- data_test catalog_sales: relationships cs_ship_cdemo_sk -> customer_demographics.cd_demo_sk
-- data_test catalog_sales: relationships cs_ship_hdemo_sk -> household_demographics.hd_demo_sk
-- data_test catalog_sales: relationships cs_ship_addr_sk -> customer_address.ca_address_sk
-- data_test catalog_sales: relationships cs_call_center_sk -> call_center.cc_call_center_sk
-- data_test catalog_sales: relationships cs_catalog_page_sk -> catalog_page.cp_catalog_page_sk
-- data_test catalog_sales: relationships cs_ship_mode_sk -> ship_mode.sm_ship_mode_sk
-- data_test catalog_sales: relationships cs_warehouse_sk -> warehouse.w_warehouse_sk
-- data_test catalog_sales: relationships cs_promo_sk -> promotion.p_promo_sk
-- data_test sql SELECT cs_order_number, cs_item_sk, cs_quantity FROM catalog_sales WHERE cs_quantity NOT BETWEEN 1 AND 100
-- data_test sql SELECT cs_order_number, cs_item_sk, cs_wholesale_cost, cs_list_price, cs_sales_price, cs_coupon_amt, cs_ext_tax, cs_ext_ship_cost, cs_net_paid FROM catalog_sales WHERE least(cs_wholesale_cost, cs_list_price, cs_sales_price, cs_coupon_amt, cs_ext_tax, cs_ext_ship_cost, cs_net_paid) < 0
-- data_test sql SELECT cs_order_number, cs_item_sk, cs_list_price, cs_wholesale_cost, cs_sales_price FROM catalog_sales WHERE cs_list_price < greatest(cs_wholesale_cost, cs_sales_price)
-- data_test sql SELECT cs_order_number, cs_item_sk, cs_ext_sales_price, cs_quantity, cs_sales_price FROM catalog_sales WHERE cs_ext_sales_price <> cs_quantity * cs_sales_price
-- data_test sql SELECT cs_order_number, cs_item_sk, cs_net_paid, cs_ext_sales_price, cs_coupon_amt FROM catalog_sales WHERE cs_net_paid <> cs_ext_sales_price - cs_coupon_amt
-- data_test sql SELECT cs_order_number, cs_item_sk, cs_net_profit, cs_net_paid, cs_ext_wholesale_cost FROM catalog_sales WHERE cs_net_profit <> cs_net_paid - cs_ext_wholesale_cost
-- data_test sql SELECT cs_order_number, cs_item_sk, cs_ship_date_sk, cs_sold_date_sk FROM catalog_sales WHERE cs_ship_date_sk < cs_sold_date_sk OR cs_ship_date_sk > cs_sold_date_sk + 90
-- data_test sql SELECT cs_order_number FROM catalog_sales GROUP BY cs_order_number HAVING min(cs_sold_date_sk) <> max(cs_sold_date_sk) OR min(cs_bill_customer_sk) <> max(cs_bill_customer_sk)
-- data_test not_null first_day,last_day,revenue
-- data_test sql SELECT * FROM quality.catalog_sales WHERE first_day < DATE '1998-01-01' OR last_day > DATE '2003-12-31'
-- data_test sql SELECT * FROM quality.catalog_sales WHERE rows_without_day > 0.02 * row_count OR rows_without_customer > 0.02 * row_count
CREATE SCHEMA IF NOT EXISTS quality;

CREATE OR REPLACE TABLE quality.catalog_sales AS
SELECT
  'catalog_sales' AS table_name,
  count(*) AS row_count,
  count(DISTINCT cs_order_number) AS order_count,
  min(d_date) AS first_day,
  max(d_date) AS last_day,
  count(*) - count(cs_sold_date_sk) AS rows_without_day,
  count(*) - count(cs_bill_customer_sk) AS rows_without_customer,
  count(*) - count(cs_net_paid) AS rows_without_amount,
  CAST(sum(cs_net_paid) AS DECIMAL(18, 2)) AS revenue
FROM catalog_sales
LEFT JOIN date_dim ON d_date_sk = cs_sold_date_sk;
