import Scripts
import Testing

@Suite struct AssetTests {
  @Test(
    arguments: [
      ("ducklake://main/orders", .ducklake, "main/orders", "ducklake://main/orders"),
      ("ducklake://main/main.orders", .ducklake, "main/orders", "ducklake://main/orders"),
      ("ducklake://main/sales.orders", .ducklake, "main/sales.orders", "ducklake://main/sales.orders"),
      ("ducklake://my-lake_2", .ducklake, "my-lake_2", "ducklake://my-lake_2"),
      (
        #"ducklake://main/"my table"."a.b""#, .ducklake, #"main/"my table"."a.b""#,
        #"ducklake://main/"my table"."a.b""#
      ),
      (#"ducklake://main/"orders""#, .ducklake, "main/orders", "ducklake://main/orders"),
      ("datatable://main/public.friend", .datatable, "main/public.friend", "datatable://main/public.friend"),
      ("datatable://main", .datatable, "main", "datatable://main"),
      ("s3://storage/raw/a.parquet", .s3object, "storage/raw/a.parquet", "s3://storage/raw/a.parquet"),
      ("s3:///raw/{partition}/a.json", .s3object, "/raw/{partition}/a.json", "s3:///raw/{partition}/a.json"),
      ("s3://_default_/a", .s3object, "/a", "s3:///a"),
      ("$res:f/prod/pg", .resource, "f/prod/pg", "$res:f/prod/pg"),
      ("res://f/prod/pg", .resource, "f/prod/pg", "$res:f/prod/pg"),
      ("volume://models", .volume, "models", "volume://models"),
      ("file://raw/./2024//a.csv", .file, "raw/2024/a.csv", "file://raw/2024/a.csv"),
      ("file://raw/x/../a.csv", .file, "raw/a.csv", "file://raw/a.csv"),
      ("file:///data/a.csv", .file, "/data/a.csv", "file:///data/a.csv"),
    ] as [(String, AssetKind, String, String)])
  func readsURIs(uri: String, kind: AssetKind, path: String, canonical: String) throws {
    let asset = try Asset(parsing: uri)
    #expect(asset.kind == kind)
    #expect(asset.path == path)
    #expect(asset.description == canonical)
    #expect(try Asset(parsing: canonical) == asset)
  }

  @Test(arguments: [
    ("orders", "is not an asset"), ("ducklke://main/orders", "is not an asset"),
    ("ducklake://", "names no lake"),
    ("ducklake:///orders", "names no lake"), ("ducklake://a b/c", "cannot be a lake's name"),
    ("ducklake://main/a.b.c", "more parts"), ("ducklake://main/a/b", "more than one slash"),
    ("ducklake://main/", "lacks a part"), ("ducklake://main/a.", "lacks a part"),
    ("ducklake://main/my table", "double quotes"),
    ("s3://bucket", "names no object"), ("s3:///", "names no object"), ("$res:", "names nothing"),
    ("dbt://x", "is not an asset"),
  ])
  func refusesWhatIsNoURI(uri: String, message: String) throws {
    let error = try #require(throws: NameSyntaxError.self) { try Asset(parsing: uri) }
    #expect(error.message.contains(message))
    #expect(error.message.contains(uri))
  }

  @Test func aMistypedSchemeGetsTheNearestOne() throws {
    let error = try #require(throws: NameSyntaxError.self) { try Asset(parsing: "ducklke://main/orders") }
    #expect(error.hint == "did you mean ducklake://…?")
  }

  @Test func spellingsOfOneTableAreEqual() throws {
    let table = Asset.table(name: "orders")
    #expect(try Asset(parsing: "ducklake://MAIN/Main.ORDERS") == table)
    #expect(Set([table, .table(lake: "main", schema: "main", name: "Orders")]).count == 1)
    #expect(table != .table(schema: "sales", name: "orders"))
    #expect(table != .table(lake: "other", name: "orders"))
    #expect(table != .lake("main"))
    #expect(try Asset(parsing: "datatable://main/Orders") != Asset(parsing: "datatable://main/orders"))
    #expect(try Asset(parsing: "s3:///A") != Asset(parsing: "s3:///a"))
    #expect(Asset.file("./a//b") == Asset.file("a/b"))
  }

  @Test func aSchemaAndATableWithADotAreTwoThings() {
    #expect(Asset.table(schema: "a", name: "b") != Asset.table(name: "a.b"))
    #expect(Asset.table(name: "a.b").description == #"ducklake://main/"a.b""#)
  }

  @Test(
    arguments: [
      ("orders", nil, nil, "orders", "ducklake://main/orders"),
      ("main/orders", "main", nil, "orders", "ducklake://main/orders"),
      ("sales.orders", nil, "sales", "orders", "ducklake://main/sales.orders"),
      ("my-lake/sales.orders", "my-lake", "sales", "orders", "ducklake://my-lake/sales.orders"),
      (#"main/"a/b"."c.d""#, "main", "a/b", "c.d", #"ducklake://main/"a/b"."c.d""#),
      ("ducklake://x/orders", "x", nil, "orders", "ducklake://x/orders"),
    ] as [(String, String?, String?, String, String)])
  func readsNamesOfTables(text: String, lake: String?, schema: String?, table: String, asset: String) throws {
    let name = try TableName(parsing: text)
    #expect(name == TableName(lake: lake, schema: schema, table: table))
    #expect(name.asset().description == asset)
    #expect(try TableName(parsing: name.description) == name)
    #expect(name.asset().tableName?.asset() == name.asset())
  }

  @Test func aTableWithoutALakeBelongsToTheOneThatIsMeant() throws {
    #expect(try TableName(parsing: "orders").asset(defaultLake: "x") == .table(lake: "x", name: "orders"))
    #expect(try TableName(parsing: "main/orders").asset(defaultLake: "x") == .table(name: "orders"))
  }

  @Test(arguments: ["", "a.b.c", "/orders", "a b", "main/", "a..b", "x/y/z", "a\"b", ".a", "'a b'"])
  func refusesWhatIsNoName(text: String) {
    #expect(throws: NameSyntaxError.self) { try TableName(parsing: text) }
  }
}
