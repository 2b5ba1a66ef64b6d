-- Stores, catalog and web side by side for each month: revenue, share, order value, margin and what came back.
-- data_test unique month,channel
-- data_test not_null month,channel,revenue,revenue_share
-- data_test sql SELECT month, sum(revenue_share) AS share FROM marts.channel_comparison GROUP BY month HAVING abs(sum(revenue_share) - 1) > 0.0001
-- data_test sql SELECT sum(revenue) AS revenue FROM marts.channel_comparison HAVING sum(revenue) <> (SELECT sum(revenue) FROM marts.daily_sales)
CREATE SCHEMA IF NOT EXISTS marts;

CREATE OR REPLACE TABLE marts.channel_comparison AS
WITH monthly AS (
  SELECT
    CAST(date_trunc('month', day) AS DATE) AS month,
    channel,
    CAST(sum(orders) AS BIGINT) AS orders,
    CAST(sum(lines) AS BIGINT) AS lines,
    CAST(sum(units) AS BIGINT) AS units,
    CAST(sum(revenue) AS DECIMAL(18, 2)) AS revenue,
    CAST(sum(coupons) AS DECIMAL(18, 2)) AS coupons,
    CAST(sum(profit) AS DECIMAL(18, 2)) AS profit,
    CAST(sum(returned_lines) AS BIGINT) AS returned_lines,
    CAST(sum(returned_amount) AS DECIMAL(18, 2)) AS returned_amount
  FROM marts.daily_sales
  GROUP BY 1, 2
)
SELECT
  *,
  revenue / orders AS average_order,
  profit / nullif(revenue, 0) AS margin,
  returned_amount / nullif(revenue, 0) AS return_rate,
  revenue / sum(revenue) OVER (PARTITION BY month) AS revenue_share
FROM monthly
ORDER BY month, channel;
