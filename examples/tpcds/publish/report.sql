-- The retail report: what the business sold, to whom, through which channel, and how far the numbers can be trusted.
-- report: file=reports/retail.md title="Retail report"

-- section: The business at a glance
-- text: All orders with a known day, by channel. Revenue is what customers paid after coupons and before tax.
-- text: TPC-DS invents prices that lie below cost on average, hence the losses.
SELECT
  channel AS "Channel",
  CAST(sum(orders) AS BIGINT) AS "Orders",
  CAST(sum(revenue) / 1000000 AS DECIMAL(18, 1)) AS "Revenue, millions",
  CAST(100 * sum(revenue) / sum(sum(revenue)) OVER () AS DECIMAL(5, 1)) AS "Share of revenue, %",
  CAST(sum(revenue) / sum(orders) AS DECIMAL(18, 2)) AS "Average order",
  CAST(sum(lines) / sum(orders) AS DECIMAL(18, 1)) AS "Items in an order",
  CAST(100 * sum(profit) / sum(revenue) AS DECIMAL(7, 1)) AS "Margin, %",
  CAST(100 * sum(returned_amount) / sum(revenue) AS DECIMAL(7, 1)) AS "Refunded, %"
FROM marts.channel_comparison
GROUP BY channel
ORDER BY sum(revenue) DESC;

-- section: Monthly revenue by channel | chart=line x=month y=revenue_millions series=channel
-- text: Each year is flat until July, doubles in August and peaks in November and December.
-- text: The few days of January 2003 at the end of the data are left out.
SELECT
  month,
  channel,
  CAST(revenue / 1000000 AS DECIMAL(18, 3)) AS revenue_millions
FROM marts.channel_comparison
WHERE year(month) <= 2002
ORDER BY month, channel;

-- section: What customers are worth | chart=bar x=lifetime_value_thousands y=customers
-- text: Customers by what they paid over five years and all channels, less what they were refunded.
-- text: The table marts.customer_lifetime_value has every customer with the tenth that they belong to.
WITH banded AS (
  SELECT CAST(least(greatest(floor(lifetime_value / 20000), 0), 12) AS INTEGER) AS band
  FROM marts.customer_lifetime_value
)
SELECT
  CASE WHEN band = 12 THEN '240 +' ELSE (band * 20) || ' to ' || (band * 20 + 20) END AS lifetime_value_thousands,
  count(*) AS customers
FROM banded
GROUP BY band
ORDER BY band;

-- section: The most valuable customers, tenth by tenth
-- text: The first line is the tenth of all customers worth most. It buys more often, and in more channels, than the others.
SELECT
  value_decile AS "Tenth",
  count(*) AS "Customers",
  CAST(avg(orders) AS DECIMAL(18, 1)) AS "Orders each",
  CAST(avg((store_orders > 0)::INTEGER + (catalog_orders > 0)::INTEGER + (web_orders > 0)::INTEGER) AS DECIMAL(3, 1)) AS "Channels used",
  CAST(avg(lifetime_value) AS DECIMAL(18, 0)) AS "Lifetime value each",
  CAST(100 * sum(lifetime_value) / sum(sum(lifetime_value)) OVER () AS DECIMAL(5, 1)) AS "Share of all, %"
FROM marts.customer_lifetime_value
GROUP BY value_decile
ORDER BY value_decile;

-- section: Return rates by category | chart=bar x=category y=return_rate_percent series=channel
-- text: Of a hundred items sold, how many came back. TPC-DS spreads returns evenly, so a bar that stands out at a small scale is chance.
SELECT
  value AS category,
  channel,
  CAST(100 * return_rate AS DECIMAL(5, 2)) AS return_rate_percent
FROM marts.return_rates
WHERE split_by = 'category' AND value <> 'Unknown'
ORDER BY category, channel;

-- section: Inventory turnover by warehouse | chart=bar x=warehouse y=turnover series=year
-- text: How often a warehouse ships its average stock in a year, for the catalog and the web. At one, stock lies for a year.
-- text: The first year is lower, since orders from before the data begins are not in it.
SELECT
  warehouse,
  year,
  CAST(sum(units_shipped) / sum(average_units_on_hand) AS DECIMAL(9, 3)) AS turnover
FROM marts.inventory_turnover
GROUP BY warehouse_sk, warehouse, year
ORDER BY warehouse_sk, year
LIMIT 200;

-- section: Promotions that lift sales most
-- text: Lift compares a promotion's revenue with what the same mix of channels and categories takes on average.
-- text: TPC-DS hands out promotions at random, so lifts stay within a few percent: the measure finds no effect where there is none.
SELECT
  promo_id AS "Promotion",
  promo_name AS "Name",
  CASE WHEN by_direct_mail THEN 'yes' WHEN NOT by_direct_mail THEN 'no' ELSE 'unknown' END AS "Direct mail",
  lines AS "Items sold",
  CAST(revenue / 1000000 AS DECIMAL(18, 2)) AS "Revenue, millions",
  CAST(100 * coupon_share AS DECIMAL(5, 1)) AS "Given as coupons, %",
  CAST(100 * lift AS DECIMAL(7, 2)) AS "Lift, %"
FROM marts.promotion_effect
ORDER BY lift DESC, promo_sk
LIMIT 10;

-- section: Ten TPC-DS questions
-- text: How many rows each query's table in the schema results has, and the row that stands out. At a small scale some find nothing.
SELECT
  'q03' AS "Table", 'Brands of one manufacturer, each November' AS "Question", count(*) AS "Rows",
  arg_max(brand || ', ' || d_year, sum_agg) AS "Stands out", 'sales' AS "By", CAST(max(sum_agg) AS DECIMAL(18, 2)) AS "Value"
FROM results.q03
UNION ALL
SELECT 'q07', 'What single men at college buy under promotions', count(*), arg_max(i_item_id, agg4), 'average price', CAST(max(agg4) AS DECIMAL(18, 2))
FROM results.q07
UNION ALL
SELECT 'q19', 'Brands sold to customers from elsewhere', count(*), arg_max(brand, ext_price), 'sales', max(ext_price)
FROM results.q19
UNION ALL
SELECT 'q27', 'What single men at college buy, by item and state', count(*), arg_max(i_item_id, agg4), 'average price', CAST(max(agg4) AS DECIMAL(18, 2))
FROM results.q27
UNION ALL
SELECT 'q34', 'Large baskets at the turn of a month', count(*), arg_max('Receipt ' || ss_ticket_number, (cnt, ss_ticket_number)), 'items', max(cnt)
FROM results.q34
UNION ALL
SELECT 'q43', 'Shops by day of the week', count(*), arg_max(s_store_name, sat_sales), 'sales on Saturdays', max(sat_sales)
FROM results.q43
UNION ALL
SELECT 'q46', 'Weekend baskets bought away from home', count(*), arg_max(bought_city, amt), 'coupons', max(amt)
FROM results.q46
UNION ALL
SELECT 'q53', 'Manufacturers with uneven quarters', count(*), arg_max('Manufacturer ' || i_manufact_id, sum_sales / avg_quarterly_sales), 'best quarter over average', CAST(max(sum_sales / avg_quarterly_sales) AS DECIMAL(18, 2))
FROM results.q53
UNION ALL
SELECT 'q67', 'Best sellers at every level', count(*), arg_max(i_brand, sumsales), 'sales of the brand', max(sumsales) FILTER (WHERE i_brand IS NOT NULL)
FROM results.q67
UNION ALL
SELECT 'q79', 'Monday baskets in large shops', count(*), arg_max(city, amt), 'coupons', max(amt)
FROM results.q79
ORDER BY "Table";

-- section: How far the data can be trusted
-- text: Each row is a fact table that passed its validation: keys unique, references found, ranges and arithmetic right.
-- text: What is left are gaps. They are not errors, but sales without a day or a customer are missing from the charts above.
WITH facts AS (
  SELECT table_name, row_count, first_day, last_day, rows_without_day, rows_without_customer, rows_without_amount FROM quality.store_sales
  UNION ALL
  SELECT table_name, row_count, first_day, last_day, rows_without_day, rows_without_customer, rows_without_amount FROM quality.store_returns
  UNION ALL
  SELECT table_name, row_count, first_day, last_day, rows_without_day, rows_without_customer, rows_without_amount FROM quality.catalog_sales
  UNION ALL
  SELECT table_name, row_count, first_day, last_day, rows_without_day, rows_without_customer, rows_without_amount FROM quality.catalog_returns
  UNION ALL
  SELECT table_name, row_count, first_day, last_day, rows_without_day, rows_without_customer, rows_without_amount FROM quality.web_sales
  UNION ALL
  SELECT table_name, row_count, first_day, last_day, rows_without_day, rows_without_customer, rows_without_amount FROM quality.web_returns
  UNION ALL
  SELECT 'inventory', CAST(sum(row_count) AS BIGINT), min(day), max(day), 0, NULL, CAST(sum(rows_without_quantity) AS BIGINT) FROM quality.inventory
)
SELECT
  table_name AS "Table",
  row_count AS "Rows",
  first_day AS "First day",
  last_day AS "Last day",
  CAST(100 * rows_without_day / row_count AS DECIMAL(5, 2)) AS "Without day, %",
  CAST(100 * rows_without_customer / row_count AS DECIMAL(5, 2)) AS "Without customer, %",
  CAST(100 * rows_without_amount / row_count AS DECIMAL(5, 2)) AS "Without amount, %"
FROM facts
ORDER BY row_count DESC;
