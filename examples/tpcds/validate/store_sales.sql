-- Checks store sales and sums them up: keys, references, ranges and arithmetic hold before anybody reports on them.
-- data_test store_sales: unique ss_item_sk,ss_ticket_number
-- data_test store_sales: not_null ss_item_sk,ss_ticket_number
-- data_test store_sales: relationships ss_sold_date_sk -> date_dim.d_date_sk
-- data_test store_sales: relationships ss_sold_time_sk -> time_dim.t_time_sk
-- data_test store_sales: relationships ss_item_sk -> item.i_item_sk
-- data_test store_sales: relationships ss_customer_sk -> customer.c_customer_sk
-- data_test store_sales: relationships ss_cdemo_sk -> customer_demographics.cd_demo_sk
-- data_test store_sales: relationships ss_hdemo_sk -> household_demographics.hd_demo_sk
-- data_test store_sales: relationships ss_addr_sk -> customer_address.ca_address_sk
-- data_test store_sales: relationships ss_store_sk -> store.s_store_sk
-- data_test store_sales: relationships ss_promo_sk -> promotion.p_promo_sk
-- data_test sql SELECT ss_ticket_number, ss_item_sk, ss_quantity FROM store_sales WHERE ss_quantity NOT BETWEEN 1 AND 100
-- data_test sql SELECT ss_ticket_number, ss_item_sk, ss_wholesale_cost, ss_list_price, ss_sales_price, ss_coupon_amt, ss_ext_tax, ss_net_paid FROM store_sales WHERE least(ss_wholesale_cost, ss_list_price, ss_sales_price, ss_coupon_amt, ss_ext_tax, ss_net_paid) < 0
-- data_test sql SELECT ss_ticket_number, ss_item_sk, ss_list_price, ss_wholesale_cost, ss_sales_price FROM store_sales WHERE ss_list_price < greatest(ss_wholesale_cost, ss_sales_price)
-- data_test sql SELECT ss_ticket_number, ss_item_sk, ss_ext_sales_price, ss_quantity, ss_sales_price FROM store_sales WHERE ss_ext_sales_price <> ss_quantity * ss_sales_price
-- data_test sql SELECT ss_ticket_number, ss_item_sk, ss_net_paid, ss_ext_sales_price, ss_coupon_amt FROM store_sales WHERE ss_net_paid <> ss_ext_sales_price - ss_coupon_amt
-- data_test sql SELECT ss_ticket_number, ss_item_sk, ss_net_profit, ss_net_paid, ss_ext_wholesale_cost FROM store_sales WHERE ss_net_profit <> ss_net_paid - ss_ext_wholesale_cost
-- data_test sql SELECT ss_ticket_number FROM store_sales GROUP BY ss_ticket_number HAVING min(ss_sold_date_sk) <> max(ss_sold_date_sk) OR min(ss_customer_sk) <> max(ss_customer_sk)
-- data_test not_null first_day,last_day,revenue
-- data_test sql SELECT * FROM quality.store_sales WHERE first_day < DATE '1998-01-01' OR last_day > DATE '2003-12-31'
-- data_test sql SELECT * FROM quality.store_sales WHERE rows_without_day > 0.06 * row_count OR rows_without_customer > 0.06 * row_count
CREATE SCHEMA IF NOT EXISTS quality;

CREATE OR REPLACE TABLE quality.store_sales AS
SELECT
  'store_sales' AS table_name,
  count(*) AS row_count,
  count(DISTINCT ss_ticket_number) AS order_count,
  min(d_date) AS first_day,
  max(d_date) AS last_day,
  count(*) - count(ss_sold_date_sk) AS rows_without_day,
  count(*) - count(ss_customer_sk) AS rows_without_customer,
  count(*) - count(ss_net_paid) AS rows_without_amount,
  CAST(sum(ss_net_paid) AS DECIMAL(18, 2)) AS revenue
FROM store_sales
LEFT JOIN date_dim ON d_date_sk = ss_sold_date_sk;
