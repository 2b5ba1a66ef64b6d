-- How much of what each channel sells comes back, by category and by reason, to find what disappoints customers.
-- data_test unique channel,split_by,value
-- data_test not_null channel,split_by,value,lines_sold,lines_returned
-- data_test accepted_values split_by category,reason
-- data_test sql SELECT * FROM marts.return_rates WHERE return_rate NOT BETWEEN 0 AND 1 OR lines_returned > lines_sold
-- data_test sql SELECT channel, count(DISTINCT total) AS totals FROM (SELECT channel, split_by, sum(lines_returned) AS total FROM marts.return_rates GROUP BY channel, split_by) GROUP BY channel HAVING count(DISTINCT total) <> 1
CREATE SCHEMA IF NOT EXISTS marts;

CREATE OR REPLACE TABLE marts.return_rates AS
WITH lines AS (
  SELECT channel, category, revenue, is_returned, returned_amount, return_reason FROM analytics.store_sales
  UNION ALL
  SELECT channel, category, revenue, is_returned, returned_amount, return_reason FROM analytics.catalog_sales
  UNION ALL
  SELECT channel, category, revenue, is_returned, returned_amount, return_reason FROM analytics.web_sales
),
cells AS (
  SELECT
    channel,
    coalesce(category, 'Unknown') AS category,
    CASE WHEN is_returned THEN coalesce(return_reason, 'Unknown') END AS reason,
    count(*) AS lines_sold,
    count(*) FILTER (WHERE is_returned) AS lines_returned,
    sum(revenue) AS revenue,
    sum(returned_amount) AS returned_amount
  FROM lines
  GROUP BY 1, 2, 3
),
by_category AS (
  SELECT
    channel,
    'category' AS split_by,
    category AS value,
    sum(lines_sold) AS lines_sold,
    sum(lines_returned) AS lines_returned,
    sum(revenue) AS revenue,
    sum(returned_amount) AS returned_amount
  FROM cells
  GROUP BY channel, category
),
channels AS (
  SELECT channel, sum(lines_sold) AS lines_sold, sum(revenue) AS revenue
  FROM cells
  GROUP BY channel
),
-- A reason has no sales of its own: its rate is its part of all that the channel sold.
by_reason AS (
  SELECT
    cells.channel,
    'reason' AS split_by,
    reason AS value,
    any_value(channels.lines_sold) AS lines_sold,
    sum(cells.lines_returned) AS lines_returned,
    any_value(channels.revenue) AS revenue,
    sum(cells.returned_amount) AS returned_amount
  FROM cells
  JOIN channels ON channels.channel = cells.channel
  WHERE reason IS NOT NULL
  GROUP BY cells.channel, reason
)
SELECT
  channel,
  split_by,
  value,
  CAST(lines_sold AS BIGINT) AS lines_sold,
  CAST(lines_returned AS BIGINT) AS lines_returned,
  CAST(revenue AS DECIMAL(18, 2)) AS revenue,
  CAST(coalesce(returned_amount, 0) AS DECIMAL(18, 2)) AS returned_amount,
  lines_returned / lines_sold AS return_rate
FROM (SELECT * FROM by_category UNION ALL SELECT * FROM by_reason)
ORDER BY channel, split_by, value;
