-- Checks the weekly stock counts: one count for each item, warehouse and Thursday, complete, so that turnover can be trusted.
-- data_test inventory: unique inv_date_sk,inv_item_sk,inv_warehouse_sk
-- data_test inventory: not_null inv_date_sk,inv_item_sk,inv_warehouse_sk
-- data_test inventory: relationships inv_date_sk -> date_dim.d_date_sk
-- data_test inventory: relationships inv_item_sk -> item.i_item_sk
-- data_test inventory: relationships inv_warehouse_sk -> warehouse.w_warehouse_sk
-- data_test sql SELECT inv_date_sk, inv_item_sk, inv_warehouse_sk, inv_quantity_on_hand FROM inventory WHERE inv_quantity_on_hand NOT BETWEEN 0 AND 1000
-- data_test unique day
-- data_test not_null day,units_on_hand
-- data_test accepted_values day_name Thursday
-- data_test sql SELECT * FROM quality.inventory WHERE row_count <> item_count * warehouse_count
-- data_test sql SELECT * FROM quality.inventory WHERE day NOT BETWEEN DATE '1998-01-01' AND DATE '2002-12-31'
-- data_test sql SELECT day, previous_day FROM (SELECT day, lag(day) OVER (ORDER BY day) AS previous_day FROM quality.inventory) WHERE day <> previous_day + 7
CREATE SCHEMA IF NOT EXISTS quality;

CREATE OR REPLACE TABLE quality.inventory AS
SELECT
  d_date AS day,
  d_day_name AS day_name,
  count(*) AS row_count,
  count(DISTINCT inv_item_sk) AS item_count,
  count(DISTINCT inv_warehouse_sk) AS warehouse_count,
  count(*) - count(inv_quantity_on_hand) AS rows_without_quantity,
  CAST(sum(inv_quantity_on_hand) AS BIGINT) AS units_on_hand
FROM inventory
JOIN date_dim ON d_date_sk = inv_date_sk
GROUP BY d_date, d_day_name
ORDER BY d_date;
