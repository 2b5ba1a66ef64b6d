-- Orders, units, revenue and profit for each day and channel: the base of every trend, and small enough to chart at once.
-- data_test unique day,channel
-- data_test not_null day,channel,orders,revenue
-- data_test accepted_values channel store,catalog,web
-- data_test sql SELECT * FROM marts.daily_sales WHERE orders > lines OR returned_lines > lines OR revenue < 0
CREATE SCHEMA IF NOT EXISTS marts;

-- An order has one day (validate has proved it), so orders may be summed over days.
CREATE OR REPLACE TABLE marts.daily_sales AS
WITH lines AS (
  SELECT channel, sold_date, order_number, quantity, gross_revenue, coupon_amount, revenue, profit, is_returned, returned_amount
  FROM analytics.store_sales
  UNION ALL
  SELECT channel, sold_date, order_number, quantity, gross_revenue, coupon_amount, revenue, profit, is_returned, returned_amount
  FROM analytics.catalog_sales
  UNION ALL
  SELECT channel, sold_date, order_number, quantity, gross_revenue, coupon_amount, revenue, profit, is_returned, returned_amount
  FROM analytics.web_sales
)
SELECT
  sold_date AS day,
  channel,
  count(DISTINCT order_number) AS orders,
  count(*) AS lines,
  CAST(sum(quantity) AS BIGINT) AS units,
  CAST(sum(gross_revenue) AS DECIMAL(18, 2)) AS gross_revenue,
  CAST(sum(coupon_amount) AS DECIMAL(18, 2)) AS coupons,
  CAST(sum(revenue) AS DECIMAL(18, 2)) AS revenue,
  CAST(sum(profit) AS DECIMAL(18, 2)) AS profit,
  count(*) FILTER (WHERE is_returned) AS returned_lines,
  CAST(coalesce(sum(returned_amount), 0) AS DECIMAL(18, 2)) AS returned_amount
FROM lines
WHERE sold_date IS NOT NULL
GROUP BY sold_date, channel
ORDER BY day, channel;
