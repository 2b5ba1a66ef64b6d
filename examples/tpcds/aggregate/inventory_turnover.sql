-- How often each warehouse sells its stock in a year, by category: slow stock is money on a shelf.
-- on ducklake://main/quality.inventory
-- data_test unique warehouse_sk,category,year
-- data_test not_null warehouse_sk,warehouse,category,year,average_units_on_hand
-- data_test relationships warehouse_sk -> warehouse.w_warehouse_sk
-- data_test sql SELECT * FROM marts.inventory_turnover WHERE average_units_on_hand <= 0 OR units_shipped < 0 OR turnover < 0
CREATE SCHEMA IF NOT EXISTS marts;

-- Only the catalog and the web ship from warehouses; shops keep their own stock, which nobody counts here.
CREATE OR REPLACE TABLE marts.inventory_turnover AS
WITH counts AS (
  SELECT inv_warehouse_sk, inv_item_sk, d_year, count(*) AS counts, count(inv_quantity_on_hand) AS known, sum(inv_quantity_on_hand) AS units
  FROM inventory
  JOIN date_dim ON d_date_sk = inv_date_sk
  GROUP BY inv_warehouse_sk, inv_item_sk, d_year
),
weeks AS (
  SELECT year(day) AS year, count(*) AS weeks
  FROM quality.inventory
  GROUP BY 1
),
-- Some counts are missing: they are taken as the average of those known.
stock AS (
  SELECT
    inv_warehouse_sk AS warehouse_sk,
    coalesce(i_category, 'Unknown') AS category,
    d_year AS year,
    sum(units) / sum(known) * sum(counts) / any_value(weeks) AS average_units_on_hand
  FROM counts
  JOIN item ON i_item_sk = inv_item_sk
  JOIN weeks ON weeks.year = d_year
  GROUP BY 1, 2, 3
),
shipped AS (
  SELECT warehouse_sk, coalesce(category, 'Unknown') AS category, year(sold_date + CAST(days_to_ship AS INTEGER)) AS year, sum(quantity) AS units
  FROM (
    SELECT warehouse_sk, category, sold_date, days_to_ship, quantity FROM analytics.catalog_sales
    UNION ALL
    SELECT warehouse_sk, category, sold_date, days_to_ship, quantity FROM analytics.web_sales
  )
  WHERE warehouse_sk IS NOT NULL
  GROUP BY 1, 2, 3
)
SELECT
  stock.warehouse_sk,
  coalesce(w_warehouse_name, 'Warehouse ' || stock.warehouse_sk) AS warehouse,
  stock.category,
  CAST(stock.year AS INTEGER) AS year,
  average_units_on_hand,
  CAST(coalesce(shipped.units, 0) AS BIGINT) AS units_shipped,
  coalesce(shipped.units, 0) / average_units_on_hand AS turnover,
  365 * average_units_on_hand / nullif(shipped.units, 0) AS days_of_stock
FROM stock
JOIN warehouse ON w_warehouse_sk = stock.warehouse_sk
LEFT JOIN shipped ON shipped.warehouse_sk = stock.warehouse_sk AND shipped.category = stock.category AND shipped.year = stock.year
ORDER BY warehouse_sk, category, year;
