-- Checks catalog returns: each one belongs to an order, comes after it shipped, and refunds what was paid for.
-- data_test catalog_returns: unique cr_item_sk,cr_order_number
-- data_test catalog_returns: not_null cr_item_sk,cr_order_number,cr_returned_date_sk,cr_returned_time_sk
-- data_test catalog_returns: relationships cr_returned_date_sk -> date_dim.d_date_sk
-- data_test catalog_returns: relationships cr_returned_time_sk -> time_dim.t_time_sk
-- data_test catalog_returns: relationships cr_item_sk -> item.i_item_sk
-- data_test catalog_returns: relationships cr_refunded_customer_sk -> customer.c_customer_sk
-- data_test catalog_returns: relationships cr_refunded_cdemo_sk -> customer_demographics.cd_demo_sk
-- data_test catalog_returns: relationships cr_refunded_hdemo_sk -> household_demographics.hd_demo_sk
-- data_test catalog_returns: relationships cr_refunded_addr_sk -> customer_address.ca_address_sk
-- data_test catalog_returns: relationships cr_returning_customer_sk -> customer.c_customer_sk
-- data_test catalog_returns: relationships cr_returning_cdemo_sk -> customer_demographics.cd_demo_sk
-- data_test catalog_returns: relationships cr_returning_hdemo_sk -> household_demographics.hd_demo_sk
-- data_test catalog_returns: relationships cr_returning_addr_sk -> customer_address.ca_address_sk
-- data_test catalog_returns: relationships cr_call_center_sk -> call_center.cc_call_center_sk
-- data_test catalog_returns: relationships cr_catalog_page_sk -> catalog_page.cp_catalog_page_sk
-- data_test catalog_returns: relationships cr_ship_mode_sk -> ship_mode.sm_ship_mode_sk
-- data_test catalog_returns: relationships cr_warehouse_sk -> warehouse.w_warehouse_sk
-- data_test catalog_returns: relationships cr_reason_sk -> reason.r_reason_sk
-- data_test sql SELECT cr_order_number, cr_item_sk FROM catalog_returns ANTI JOIN catalog_sales ON cs_item_sk = cr_item_sk AND cs_order_number = cr_order_number
-- data_test sql SELECT cr_order_number, cr_item_sk, cr_return_quantity, cs_quantity, cr_returned_date_sk, cs_ship_date_sk FROM catalog_returns JOIN catalog_sales ON cs_item_sk = cr_item_sk AND cs_order_number = cr_order_number WHERE cr_return_quantity > cs_quantity OR cr_returned_date_sk < cs_ship_date_sk
-- data_test sql SELECT cr_order_number, cr_item_sk, cr_return_quantity FROM catalog_returns WHERE cr_return_quantity NOT BETWEEN 1 AND 100
-- data_test sql SELECT cr_order_number, cr_item_sk, cr_return_amount, cr_return_tax, cr_fee, cr_return_ship_cost, cr_refunded_cash, cr_reversed_charge, cr_store_credit, cr_net_loss FROM catalog_returns WHERE least(cr_return_amount, cr_return_tax, cr_fee, cr_return_ship_cost, cr_refunded_cash, cr_reversed_charge, cr_store_credit, cr_net_loss) < 0
-- data_test sql SELECT cr_order_number, cr_item_sk, cr_return_amount, cr_refunded_cash, cr_reversed_charge, cr_store_credit FROM catalog_returns WHERE cr_return_amount <> cr_refunded_cash + cr_reversed_charge + cr_store_credit
-- data_test sql SELECT cr_order_number, cr_item_sk, cr_return_amt_inc_tax, cr_return_amount, cr_return_tax FROM catalog_returns WHERE cr_return_amt_inc_tax <> cr_return_amount + cr_return_tax
-- data_test not_null first_day,last_day,refunds
-- data_test sql SELECT * FROM quality.catalog_returns WHERE first_day < DATE '1998-01-01' OR last_day > DATE '2004-06-30'
CREATE SCHEMA IF NOT EXISTS quality;

CREATE OR REPLACE TABLE quality.catalog_returns AS
SELECT
  'catalog_returns' AS table_name,
  count(*) AS row_count,
  count(DISTINCT cr_order_number) AS order_count,
  min(d_date) AS first_day,
  max(d_date) AS last_day,
  count(*) - count(cr_returned_date_sk) AS rows_without_day,
  count(*) - count(cr_refunded_customer_sk) AS rows_without_customer,
  count(*) - count(cr_return_amount) AS rows_without_amount,
  CAST(sum(cr_return_amount) AS DECIMAL(18, 2)) AS refunds
FROM catalog_returns
LEFT JOIN date_dim ON d_date_sk = cr_returned_date_sk;
