import Foundation

/// What is loaded in a measurement: the rows, and the statements by which bare DuckDB writes the same columns.
enum LoadWork: String, CaseIterable {
  case flatJSONL = "flat-jsonl"
  case flatCSV = "flat-csv"
  case flatParquet = "flat-parquet"
  case orders
  case merge
  case small

  static let folder = Bench.folder + "/load-sources"

  var what: String {
    switch self {
    case .flatJSONL: "load of 1,000,000 flat rows, JSONL"
    case .flatCSV: "… CSV"
    case .flatParquet: "… Parquet"
    case .orders: "load of 200,000 nested orders with 600,000 items, JSONL"
    case .merge: "merge of 100,000 changed rows into 1,000,000"
    case .small: "100 loads of 100 rows each"
    }
  }

  /// How much more than bare DuckDB it may take.
  var goal: Double {
    switch self {
    case .flatJSONL, .flatCSV, .flatParquet, .merge: 1.3
    case .orders: 1.5
    case .small: 2
    }
  }

  /// The file of a load.
  func file(_ number: Int = 0) -> String {
    switch self {
    case .flatJSONL: Self.folder + "/flat.jsonl"
    case .flatCSV: Self.folder + "/flat.csv"
    case .flatParquet: Self.folder + "/flat.parquet"
    case .orders: Self.folder + "/orders.jsonl"
    case .merge: Self.folder + "/changed.jsonl"
    case .small: Self.folder + "/small.jsonl"
    }
  }

  var table: String { self == .orders ? "orders" : "flat" }

  /// The statements that make all files, by DuckDB.
  static let sources: [String] = {
    let flat = """
      SELECT i AS id, (i * 7919) % 100000 AS customer, i % 97 AS quantity, ((i * 31) % 5000000) / 100 AS amount,
        CASE WHEN i % 10 = 0 THEN NULL ELSE ((i * 17) % 1000) / 7 END AS rate, 'name ' || (i % 50000) AS name,
        'city ' || (i % 700) AS city, md5(i::VARCHAR) AS code, 'row number ' || i || ' of the file' AS note,
        CASE WHEN i % 5 = 0 THEN 'rare ' || i END AS extra, i % 3 = 0 AS active,
        strftime(TIMESTAMP '2026-01-01' + to_seconds(i), '%Y-%m-%dT%H:%M:%SZ') AS created_at
      """
    let orders = """
      SELECT i AS id, {'name': 'customer ' || (i % 9000), 'address': {'city': 'city ' || (i % 300), 'zip': 10000 + i % 90000}} AS customer,
        strftime(TIMESTAMP '2026-01-01' + to_seconds(i), '%Y-%m-%dT%H:%M:%SZ') AS ordered_at,
        [{'sku': 'sku ' || ((i * 3 + n) % 5000), 'quantity': 1 + (i + n) % 9, 'price': ((i + n) % 9000) / 100} for n in range(1 + i % 5)] AS items
      """
    func copy(_ query: String, _ file: String, _ format: String) -> String {
      "COPY (\(query)) TO '\(file)' (\(format))"
    }
    return [
      copy("\(flat) FROM range(1000000) r(i)", LoadWork.flatJSONL.file(), "FORMAT json"),
      copy("\(flat) FROM range(1000000) r(i)", LoadWork.flatCSV.file(), "FORMAT csv, HEADER"),
      copy(
        "SELECT * REPLACE (created_at::TIMESTAMPTZ AS created_at) FROM (\(flat) FROM range(1000000) r(i))",
        LoadWork.flatParquet.file(), "FORMAT parquet"),
      copy("\(orders) FROM range(200000) r(i)", LoadWork.orders.file(), "FORMAT json"),
      copy(
        "SELECT * REPLACE (amount + 1 AS amount) FROM (\(flat) FROM range(910000, 1010000) r(i))",
        LoadWork.merge.file(), "FORMAT json"),
      copy("\(flat) FROM range(100) r(i)", LoadWork.small.file(), "FORMAT json"),
    ]
  }()

  private static let id = "substr(uuid()::VARCHAR, 1, 14) AS _dlt_id"

  private var reader: String {
    switch self {
    case .flatCSV: "read_csv('\(file())', sample_size = -1)"
    case .flatParquet: "read_parquet('\(file())')"
    default: "read_json('\(file())', format = 'newline_delimited', sample_size = -1)"
    }
  }

  /// By which bare DuckDB does the work once, in a lake called `dl`.
  var statements: [String] {
    switch self {
    case .flatJSONL, .flatCSV, .flatParquet:
      ["CREATE TABLE flat AS SELECT *, '1' AS _dlt_load_id, \(Self.id) FROM \(reader)"]
    case .orders:
      [
        "BEGIN",
        """
        CREATE TEMP TABLE rows AS SELECT *, \(Self.id) FROM \(reader)
        """,
        """
        CREATE TABLE orders AS SELECT id, customer.name AS customer__name, customer.address.city AS customer__address__city,
          customer.address.zip AS customer__address__zip, ordered_at, '1' AS _dlt_load_id, _dlt_id FROM rows
        """,
        """
        CREATE TABLE orders__items AS SELECT item.sku, item.quantity, item.price, _dlt_id AS _dlt_parent_id,
          place - 1 AS _dlt_list_idx, \(Self.id)
        FROM (SELECT _dlt_id, unnest(items) AS item, generate_subscripts(items, 1) AS place FROM rows)
        """, "DROP TABLE rows", "COMMIT",
      ]
    case .merge:
      [
        """
        MERGE INTO flat USING (SELECT *, '2' AS _dlt_load_id, \(Self.id) FROM \(reader)) AS new ON flat.id = new.id
        WHEN MATCHED THEN UPDATE BY NAME WHEN NOT MATCHED THEN INSERT BY NAME
        """
      ]
    case .small:
      ["INSERT INTO flat BY NAME SELECT *, '1' AS _dlt_load_id, \(Self.id) FROM \(reader)"]
    }
  }

  /// What has to be there before, not measured; its own work for ``merge`` and ``small``.
  var before: LoadWork? { self == .merge ? .flatJSONL : nil }
}
