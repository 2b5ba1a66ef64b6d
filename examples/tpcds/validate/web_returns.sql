-- Checks web returns: each one belongs to an order, comes after it shipped, and refunds what was paid for.
-- data_test web_returns: unique wr_item_sk,wr_order_number
-- data_test web_returns: not_null wr_item_sk,wr_order_number
-- data_test web_returns: relationships wr_returned_date_sk -> date_dim.d_date_sk
-- data_test web_returns: relationships wr_returned_time_sk -> time_dim.t_time_sk
-- data_test web_returns: relationships wr_item_sk -> item.i_item_sk
-- data_test web_returns: relationships wr_refunded_customer_sk -> customer.c_customer_sk
-- data_test web_returns: relationships wr_refunded_cdemo_sk -> customer_demographics.cd_demo_sk
-- data_test web_returns: relationships wr_refunded_hdemo_sk -> household_demographics.hd_demo_sk
-- data_test web_returns: relationships wr_refunded_addr_sk -> customer_address.ca_address_sk
-- data_test web_returns: relationships wr_returning_customer_sk -> customer.c_customer_sk
-- data_test web_returns: relationships wr_returning_cdemo_sk -> customer_demographics.cd_demo_sk
-- data_test web_returns: relationships wr_returning_hdemo_sk -> household_demographics.hd_demo_sk
-- data_test web_returns: relationships wr_returning_addr_sk -> customer_address.ca_address_sk
-- data_test web_returns: relationships wr_web_page_sk -> web_page.wp_web_page_sk
-- data_test web_returns: relationships wr_reason_sk -> reason.r_reason_sk
-- data_test sql SELECT wr_order_number, wr_item_sk FROM web_returns ANTI JOIN web_sales ON ws_item_sk = wr_item_sk AND ws_order_number = wr_order_number
-- data_test sql SELECT wr_order_number, wr_item_sk, wr_return_quantity, ws_quantity, wr_returned_date_sk, ws_ship_date_sk, wr_web_page_sk, ws_web_page_sk FROM web_returns JOIN web_sales ON ws_item_sk = wr_item_sk AND ws_order_number = wr_order_number WHERE wr_return_quantity > ws_quantity OR wr_returned_date_sk < ws_ship_date_sk OR wr_web_page_sk <> ws_web_page_sk
-- data_test sql SELECT wr_order_number, wr_item_sk, wr_return_quantity FROM web_returns WHERE wr_return_quantity NOT BETWEEN 1 AND 100
-- data_test sql SELECT wr_order_number, wr_item_sk, wr_return_amt, wr_return_tax, wr_fee, wr_return_ship_cost, wr_refunded_cash, wr_reversed_charge, wr_account_credit, wr_net_loss FROM web_returns WHERE least(wr_return_amt, wr_return_tax, wr_fee, wr_return_ship_cost, wr_refunded_cash, wr_reversed_charge, wr_account_credit, wr_net_loss) < 0
-- data_test sql SELECT wr_order_number, wr_item_sk, wr_return_amt, wr_refunded_cash, wr_reversed_charge, wr_account_credit FROM web_returns WHERE wr_return_amt <> wr_refunded_cash + wr_reversed_charge + wr_account_credit
-- data_test sql SELECT wr_order_number, wr_item_sk, wr_return_amt_inc_tax, wr_return_amt, wr_return_tax FROM web_returns WHERE wr_return_amt_inc_tax <> wr_return_amt + wr_return_tax
-- data_test not_null first_day,last_day,refunds
-- data_test sql SELECT * FROM quality.web_returns WHERE first_day < DATE '1998-01-01' OR last_day > DATE '2004-06-30'
CREATE SCHEMA IF NOT EXISTS quality;

CREATE OR REPLACE TABLE quality.web_returns AS
SELECT
  'web_returns' AS table_name,
  count(*) AS row_count,
  count(DISTINCT wr_order_number) AS order_count,
  min(d_date) AS first_day,
  max(d_date) AS last_day,
  count(*) - count(wr_returned_date_sk) AS rows_without_day,
  count(*) - count(wr_refunded_customer_sk) AS rows_without_customer,
  count(*) - count(wr_return_amt) AS rows_without_amount,
  CAST(sum(wr_return_amt) AS DECIMAL(18, 2)) AS refunds
FROM web_returns
LEFT JOIN date_dim ON d_date_sk = wr_returned_date_sk;
