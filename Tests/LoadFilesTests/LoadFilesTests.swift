import Foundation
import LakeSettings
import Loader
import TestKit
import Testing

@testable import LoadFiles

/// Declared loads as values: what they say, and where errors stand.
@Suite struct LoadFilesTests {
  private func declared(_ text: String) throws -> DeclaredLoad {
    try DeclaredLoad(LoadDocument(text: text, path: "l.yaml"))
  }

  @Test func whatIsSaidOfOneTableGoesFirst() throws {
    let load = try declared(
      """
      source: raw/shop
      into: lake/shop
      write_disposition: replace
      tables:
        customers:
        orders: {write_disposition: {strategy: upsert}, primary_key: [a, b], table: sales}
      """)
    #expect(load.lake == "lake" && load.dataset == "shop" && load.selection == ["customers", "orders"])
    #expect(try load.load("customers", from: .files(["c.csv"])).writeDisposition == .replace())
    let orders = try load.load("orders", from: .files(["o.csv"]))
    #expect(orders.table == "sales" && orders.primaryKey == ["a", "b"])
    #expect(orders.writeDisposition == .merge(.upsert()))
  }

  @Test(
    arguments: [
      ("postgresql://reader@db:5433/shop?schema=s&sslmode=require", "postgresql://reader@db:5433/shop", "s"),
      ("postgres://db/shop", "postgresql://db/shop", nil), ("mariadb://r@db/shop", "mysql://r@db/shop", nil),
      ("sqlite:///a/b.db", "a/b.db", nil), ("sqlite:////a/b.db", "/a/b.db", nil),
      ("x.duckdb", "x.duckdb", nil),
    ] as [(String, String, String?)])
  func addresses(text: String, place: String, schema: String?) throws {
    guard case .database(let database, let found) = try DeclaredSource(texts: [text]) else {
      Issue.record("\(text) is no database")
      return
    }
    #expect(database.description == place && found == schema)
  }

  @Test func otherSources() throws {
    #expect(try DeclaredSource(texts: ["-"]) == .standardInput)
    #expect(try DeclaredSource(texts: ["ducklake://old/s"]) == .lake("old", schema: "s"))
    #expect(try DeclaredSource(texts: ["a.csv", "b.csv"]) == .files(["a.csv", "b.csv"]))
    #expect(throws: LoadError.self) { try DeclaredSource(texts: ["a.csv", "-"]) }
  }

  @Test func aPasswordInAnAddressIsNotTold() throws {
    let error = #expect(throws: LoadError.self) { try DeclaredSource(texts: ["postgresql://u:sesame@h/d"]) }
    #expect(error?.description.contains("sesame") == false)
    let several = #expect(throws: LoadError.self) {
      try DeclaredSource(texts: ["a.csv", "postgresql://u:sesame@h/d"])
    }
    #expect(several?.description.contains("sesame") == false)
  }

  @Test func whatHasToBeLookedThroughIsKnownBeforehand() throws {
    func plain(_ more: String) throws -> Bool { try declared("source: a.csv\ninto: s\n" + more).isPlain }
    #expect(try plain(""))
    #expect(try plain("write_disposition: replace\n"))
    #expect(try plain("tables: {a: {write_disposition: replace}}\n"))
    #expect(try !plain("write_disposition: merge\nprimary_key: id\n"))
    #expect(try !plain("write_disposition: {disposition: replace, strategy: partition}\n"))
    #expect(try !plain("tables: {a: {write_disposition: merge, primary_key: id}}\n"))
    #expect(try declared("source: a.parquet\ninto: s\nparquet: copy\n").copiesFiles)
    let error = #expect(throws: LoadFileError.self) {
      try declared("source: a.parquet\ninto: s\nparquet: move\n")
    }
    #expect(error?.description.contains("rewrite, copy") == true, "\(String(describing: error))")
  }

  @Test func sizesAreThoseOfFilesHere() throws {
    let folder = try TemporaryFolder("sizes")
    try folder.write("12345", to: "a.csv")
    try folder.write("123", to: "sub/deep/b.csv")
    #expect(SourceFiles.size(of: [folder["a.csv"], folder["sub"]]) == 8)
    #expect(SourceFiles.size(of: [folder["*.csv"]]) == nil)
    #expect(SourceFiles.size(of: ["https://example.com/a.csv"]) == nil)
  }

  @Test func wordsStayWhatTheyAre() throws {
    let document = try LoadDocument(
      text: "a: 2024-01-02\nb: 1.50\nc: '7'\nd: yes\ne: ~\nf: true\ng: 0o17\n", path: "l.yaml")
    #expect(
      document.value.text
        == #"{"a":"2024-01-02","b":1.50,"c":"7","d":"yes","e":null,"f":true,"g":"0o17"}"#)
  }

  @Test func aWrittenFileReadsAsItWas() throws {
    var table = TableSchema("t")
    table.merge(ColumnSchema("n", .decimal, ["precision": .int(12), "scale": .int(2)]))
    table.merge(ColumnSchema("yes", .text, isNullable: false))
    let document = JSONObject(pairs: [
      "source": .array([.string("raw/a b.csv")]), "into": .string("main/s"), "table": .string("true"),
    ])
    let text = LoadFileText(document: document, tables: [("t", table)]).text(file: "l.yaml")
    let load = try declared(text).load("t", from: .files(["x"]))
    #expect(load.table == "true" && load.columns.map(\.name) == ["n", "yes"])
    #expect(load.columns.map { $0.json["data_type"]?.string } == ["decimal", "text"])
  }
}
