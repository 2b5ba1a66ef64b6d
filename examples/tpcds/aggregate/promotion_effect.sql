-- What each promotion sold against what the same mix of channels and categories sells on average: which promotions lift sales.
-- data_test unique promo_sk
-- data_test not_null promo_sk,promo_id,lines,revenue,expected_revenue
-- data_test relationships promo_sk -> promotion.p_promo_sk
-- data_test sql SELECT * FROM marts.promotion_effect WHERE revenue < 0 OR expected_revenue <= 0 OR coupon_share NOT BETWEEN 0 AND 1
CREATE SCHEMA IF NOT EXISTS marts;

CREATE OR REPLACE TABLE marts.promotion_effect AS
WITH lines AS (
  SELECT channel, category, promo_sk, quantity, gross_revenue, coupon_amount, revenue, profit FROM analytics.store_sales
  UNION ALL
  SELECT channel, category, promo_sk, quantity, gross_revenue, coupon_amount, revenue, profit FROM analytics.catalog_sales
  UNION ALL
  SELECT channel, category, promo_sk, quantity, gross_revenue, coupon_amount, revenue, profit FROM analytics.web_sales
),
cells AS (
  SELECT
    channel,
    coalesce(category, 'Unknown') AS category,
    promo_sk,
    count(*) AS lines,
    count(revenue) AS lines_with_revenue,
    sum(quantity) AS units,
    sum(gross_revenue) AS gross_revenue,
    sum(coupon_amount) AS coupons,
    sum(revenue) AS revenue,
    sum(profit) AS profit
  FROM lines
  GROUP BY 1, 2, 3
),
usual AS (
  SELECT channel, category, sum(revenue) / sum(lines_with_revenue) AS revenue_of_a_line
  FROM cells
  GROUP BY channel, category
),
promoted AS (
  SELECT
    promo_sk,
    sum(lines) AS lines,
    sum(units) AS units,
    sum(gross_revenue) AS gross_revenue,
    sum(coupons) AS coupons,
    sum(revenue) AS revenue,
    sum(profit) AS profit,
    sum(lines_with_revenue * revenue_of_a_line) AS expected_revenue
  FROM cells
  JOIN usual ON usual.channel = cells.channel AND usual.category = cells.category
  WHERE promo_sk IS NOT NULL
  GROUP BY promo_sk
)
SELECT
  promo_sk,
  p_promo_id AS promo_id,
  p_promo_name AS promo_name,
  p_channel_dmail = 'Y' AS by_direct_mail,
  CAST(lines AS BIGINT) AS lines,
  CAST(units AS BIGINT) AS units,
  CAST(gross_revenue AS DECIMAL(18, 2)) AS gross_revenue,
  CAST(coupons AS DECIMAL(18, 2)) AS coupons,
  CAST(revenue AS DECIMAL(18, 2)) AS revenue,
  CAST(profit AS DECIMAL(18, 2)) AS profit,
  expected_revenue,
  revenue / expected_revenue - 1 AS lift,
  coupons / nullif(gross_revenue, 0) AS coupon_share
FROM promoted
JOIN promotion ON p_promo_sk = promo_sk
ORDER BY promo_sk;
