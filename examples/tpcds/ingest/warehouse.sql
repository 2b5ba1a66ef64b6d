-- Warehouses that orders ship from and that stock is counted in.
-- data_test unique w_warehouse_sk
-- data_test unique w_warehouse_id
-- data_test sql SELECT * FROM warehouse WHERE w_warehouse_sq_ft <= 0
CREATE OR REPLACE TABLE warehouse AS
SELECT * FROM read_parquet('raw/warehouse.parquet');
