-- Checks store returns: each one belongs to a sale, comes after it, and gives back no more than was bought.
-- data_test store_returns: unique sr_item_sk,sr_ticket_number
-- data_test store_returns: not_null sr_item_sk,sr_ticket_number
-- data_test store_returns: relationships sr_returned_date_sk -> date_dim.d_date_sk
-- data_test store_returns: relationships sr_return_time_sk -> time_dim.t_time_sk
-- data_test store_returns: relationships sr_item_sk -> item.i_item_sk
-- data_test store_returns: relationships sr_customer_sk -> customer.c_customer_sk
-- data_test store_returns: relationships sr_cdemo_sk -> customer_demographics.cd_demo_sk
-- data_test store_returns: relationships sr_hdemo_sk -> household_demographics.hd_demo_sk
-- data_test store_returns: relationships sr_addr_sk -> customer_address.ca_address_sk
-- data_test store_returns: relationships sr_store_sk -> store.s_store_sk
-- data_test store_returns: relationships sr_reason_sk -> reason.r_reason_sk
-- data_test sql SELECT sr_ticket_number, sr_item_sk FROM store_returns ANTI JOIN store_sales ON ss_item_sk = sr_item_sk AND ss_ticket_number = sr_ticket_number
-- data_test sql SELECT sr_ticket_number, sr_item_sk, sr_return_quantity, ss_quantity, sr_returned_date_sk, ss_sold_date_sk FROM store_returns JOIN store_sales ON ss_item_sk = sr_item_sk AND ss_ticket_number = sr_ticket_number WHERE sr_return_quantity > ss_quantity OR sr_returned_date_sk < ss_sold_date_sk
-- data_test sql SELECT sr_ticket_number, sr_item_sk, sr_return_quantity FROM store_returns WHERE sr_return_quantity NOT BETWEEN 1 AND 100
-- data_test sql SELECT sr_ticket_number, sr_item_sk, sr_return_amt, sr_return_tax, sr_fee, sr_return_ship_cost, sr_refunded_cash, sr_reversed_charge, sr_store_credit, sr_net_loss FROM store_returns WHERE least(sr_return_amt, sr_return_tax, sr_fee, sr_return_ship_cost, sr_refunded_cash, sr_reversed_charge, sr_store_credit, sr_net_loss) < 0
-- data_test sql SELECT sr_ticket_number, sr_item_sk, sr_return_amt, sr_refunded_cash, sr_reversed_charge, sr_store_credit FROM store_returns WHERE sr_return_amt <> sr_refunded_cash + sr_reversed_charge + sr_store_credit
-- data_test sql SELECT sr_ticket_number, sr_item_sk, sr_return_amt_inc_tax, sr_return_amt, sr_return_tax FROM store_returns WHERE sr_return_amt_inc_tax <> sr_return_amt + sr_return_tax
-- data_test not_null first_day,last_day,refunds
-- data_test sql SELECT * FROM quality.store_returns WHERE first_day < DATE '1998-01-01' OR last_day > DATE '2004-06-30'
CREATE SCHEMA IF NOT EXISTS quality;

CREATE OR REPLACE TABLE quality.store_returns AS
SELECT
  'store_returns' AS table_name,
  count(*) AS row_count,
  count(DISTINCT sr_ticket_number) AS order_count,
  min(d_date) AS first_day,
  max(d_date) AS last_day,
  count(*) - count(sr_returned_date_sk) AS rows_without_day,
  count(*) - count(sr_customer_sk) AS rows_without_customer,
  count(*) - count(sr_return_amt) AS rows_without_amount,
  CAST(sum(sr_return_amt) AS DECIMAL(18, 2)) AS refunds
FROM store_returns
LEFT JOIN date_dim ON d_date_sk = sr_returned_date_sk;
