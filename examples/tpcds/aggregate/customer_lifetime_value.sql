-- What each customer has been worth over all channels, and the tenth of customers they belong to, to know whom to keep.
-- data_test unique customer_sk
-- data_test not_null customer_sk,customer_id,orders,lifetime_value,value_decile
-- data_test relationships customer_sk -> customer.c_customer_sk
-- data_test sql SELECT customer_sk, orders FROM marts.customer_lifetime_value WHERE orders <> store_orders + catalog_orders + web_orders OR orders = 0
-- data_test sql SELECT customer_sk, first_order, last_order FROM marts.customer_lifetime_value WHERE last_order < first_order
CREATE SCHEMA IF NOT EXISTS marts;

CREATE OR REPLACE TABLE marts.customer_lifetime_value AS
WITH lines AS (
  SELECT channel, customer_sk, order_number, sold_date, revenue, profit, returned_amount FROM analytics.store_sales
  UNION ALL
  SELECT channel, customer_sk, order_number, sold_date, revenue, profit, returned_amount FROM analytics.catalog_sales
  UNION ALL
  SELECT channel, customer_sk, order_number, sold_date, revenue, profit, returned_amount FROM analytics.web_sales
),
orders AS (
  SELECT
    customer_sk,
    channel,
    order_number,
    min(sold_date) AS day,
    sum(revenue) AS revenue,
    sum(profit) AS profit,
    sum(returned_amount) AS returned_amount
  FROM lines
  WHERE customer_sk IS NOT NULL
  GROUP BY customer_sk, channel, order_number
),
customers AS (
  SELECT
    customer_sk,
    min(day) AS first_order,
    max(day) AS last_order,
    count(*) AS orders,
    count(*) FILTER (WHERE channel = 'store') AS store_orders,
    count(*) FILTER (WHERE channel = 'catalog') AS catalog_orders,
    count(*) FILTER (WHERE channel = 'web') AS web_orders,
    CAST(coalesce(sum(revenue), 0) AS DECIMAL(18, 2)) AS revenue,
    CAST(coalesce(sum(profit), 0) AS DECIMAL(18, 2)) AS profit,
    CAST(coalesce(sum(returned_amount), 0) AS DECIMAL(18, 2)) AS returned_amount
  FROM orders
  GROUP BY customer_sk
)
SELECT
  customer_sk,
  c_customer_id AS customer_id,
  c_first_name AS first_name,
  c_last_name AS last_name,
  c_preferred_cust_flag = 'Y' AS is_preferred,
  first_order,
  last_order,
  orders,
  store_orders,
  catalog_orders,
  web_orders,
  revenue,
  returned_amount,
  profit,
  revenue - returned_amount AS lifetime_value,
  ntile(10) OVER (ORDER BY revenue - returned_amount DESC, customer_sk) AS value_decile
FROM customers
JOIN customer ON c_customer_sk = customer_sk;
