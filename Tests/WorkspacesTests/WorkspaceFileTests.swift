import Foundation
import LakeSettings
import TestKit
import Testing

@testable import Workspaces

@Suite struct WorkspaceFileTests {
  static func read(_ text: String) throws -> (lakes: [LakeConfiguration], engine: EngineSettings) {
    let read = try WorkspaceFile.read(text, folder: "/ws")
    return (read.lakes, read.engine)
  }

  @Test func storagesAreRead() throws {
    let standard = try WorkspaceFile.read("lakes:\n  main: {}\n", folder: "/w").storages
    #expect(standard == ["default": .folder("/w/.tarn/storage")])
    let own = try WorkspaceFile.read(
      "lakes:\n  main: {}\nstorages:\n  default: s3://files/tarn\n  scratch: tmp/x\n  near: local\n",
      folder: "/w"
    ).storages
    #expect(
      own == [
        "default": .s3(S3Storage(bucket: "files", prefix: "tarn")), "scratch": .folder("/w/tmp/x"),
        "near": .folder("/w/.tarn/storage-near"),
      ])
  }

  @Test func everyKeyIsRead() throws {
    let (lakes, engine) = try Self.read(
      """
      lakes:
        main:
          catalog: sqlite
          storage: local
        archive:
          catalog:
            type: duckdb
            path: deep/../old/catalog.ducklake
          storage: /srv/archive/data
        plain:
          catalog: duckdb
          storage:
            folder: ./plain/
        sales:
          catalog:
            type: postgresql
            host: db.example.com
            port: 5433
            database: sales_catalog
            schema: lake
            user: tarn
            password_env: SALES_CATALOG_PASSWORD
          storage:
            url: s3://sales-lake/prod/
            endpoint: 127.0.0.1:9000
            region: eu-central-1
            path_style: false
            tls: false
            key_id_env: SALES_KEY_ID
            secret_file: secrets/sales
        open:
          catalog: sqlite
          storage: s3://bucket/a/b
      files:
        - raw/
        - ./in.csv
        - .hidden/
        - ../shared/
        - /srv/exports
        - s3://partner-drop/in/
      limits:
        timeout: 1h
        memory: 4GB
        temp: 50GiB
        threads: 4
      """)
    #expect(lakes.map(\.name.text) == ["main", "archive", "plain", "sales", "open"])
    #expect(lakes[0] == .embedded(.main, in: "/ws/.tarn/lakes/main"))
    #expect(lakes[1].catalog == .duckdb(path: "/ws/old/catalog.ducklake"))
    #expect(lakes[1].storage == .folder("/srv/archive/data"))
    #expect(lakes[2].catalog == .duckdb(path: "/ws/.tarn/lakes/plain/catalog.ducklake"))
    #expect(lakes[2].storage == .folder("/ws/plain"))
    #expect(
      lakes[3].catalog
        == .postgresql(
          PostgreSQLCatalog(
            host: "db.example.com", port: 5433, database: "sales_catalog", user: "tarn",
            password: .environment("SALES_CATALOG_PASSWORD"), schema: "lake")))
    #expect(
      lakes[3].storage
        == .s3(
          S3Storage(
            bucket: "sales-lake", prefix: "prod", endpoint: "127.0.0.1:9000", region: "eu-central-1",
            pathStyle: false,
            useTLS: false, keyID: .environment("SALES_KEY_ID"), secret: .file("/ws/secrets/sales"))))
    #expect(lakes[4].storage == .s3(S3Storage(bucket: "bucket", prefix: "a/b")))
    #expect(
      engine.reachableFiles == [
        "raw/", "in.csv", ".hidden/", "/shared/", "/srv/exports", "s3://partner-drop/in/",
      ])
    #expect(engine.queryTimeout == .seconds(3600))
    #expect(engine.memoryLimit == 4_000_000_000)
    #expect(engine.temporaryDiskLimit == 50 * 1_073_741_824)
    #expect(engine.threads == 4)
    #expect(engine.baseFolder == "/ws")
  }

  @Test func maintenanceIsRead() throws {
    let (lakes, _) = try Self.read(
      """
      lakes:
        plain:
          catalog: duckdb
        main:
          maintenance:
            flush: { rows: 1000, age: 2h }
            merge: false
            rewrite: { deleted: 0.5, at_most: 1GB }
            expire: { age: 30d, last: 5 }
            clean: { age: 36h }
            orphans: { age: 10d, every: 2d }
            turn: 50ms
            every: 1m
            tables:
              Orders: { flush: false }
              sales.items:
                merge: { files: 8, below: 100MB }
                rewrite: true
      """)
    #expect(lakes[0].maintenance == MaintenancePolicy())
    let policy = lakes[1].maintenance
    let rewrite = MaintenancePolicy.Rewrite(deleted: 0.5, atMost: 1_000_000_000)
    let flush = MaintenancePolicy.Flush(rows: 1000, age: .seconds(7200))
    #expect(policy.standard == .init(flush: flush, merge: nil, rewrite: rewrite))
    #expect(policy.expire == .init(age: .seconds(30 * 86_400), last: 5))
    #expect(policy.clean == .init(age: .seconds(36 * 3600)))
    #expect(policy.orphans == .init(age: .seconds(864_000), every: .seconds(172_800)))
    #expect(policy.turn == .milliseconds(50) && policy.every == .seconds(60))
    #expect(policy.parts(schema: "main", table: "orders") == .init(flush: nil, merge: nil, rewrite: rewrite))
    #expect(
      policy.parts(schema: "sales", table: "ITEMS")
        == .init(flush: flush, merge: .init(files: 8, below: 100_000_000), rewrite: rewrite))
    #expect(policy.parts(schema: "main", table: "items") == policy.standard)
  }

  @Test func theTemplateIsReadable() throws {
    let (lakes, engine) = try Self.read(WorkspaceTemplate.text)
    #expect(lakes.map(\.name) == [.main])
    #expect(engine.reachableFiles == ["raw/"])
  }

  struct Wrong: Sendable, CustomTestStringConvertible {
    let text: String
    let line: Int?
    let message: String
    var testDescription: String { message }
  }

  static let main = "lakes:\n  main:\n    catalog: sqlite\n"
  static let wrong = [
    Wrong(text: "", line: nil, message: "the file is empty. Delete it and run tarn init, or restore it"),
    Wrong(text: "# nothing\n", line: nil, message: "the file is empty."),
    Wrong(text: "lakes", line: 1, message: "tarn.yaml must be a list of `key: value` lines"),
    Wrong(text: "files: []\n", line: nil, message: "`lakes:` is missing"),
    Wrong(text: "lake:\n  main:\n", line: 1, message: "unknown key lake. Did you mean 'lakes'?"),
    Wrong(
      text: main + "limit:\n  threads: 1\n", line: 4, message: "unknown key limit. Did you mean 'limits'?"),
    Wrong(
      text: main + "    storrage: local\n", line: 4,
      message: "unknown key lakes.main.storrage. Did you mean 'storage'?"),
    Wrong(
      text: main + "limits:\n  timeot: 1s\n", line: 5,
      message: "unknown key limits.timeot. Did you mean 'timeout'?"),
    Wrong(
      text: main + "limits:\n  timeout: soon\n", line: 5,
      message: "limits.timeout must be a time such as 30s or 10m, not 'soon'"),
    Wrong(
      text: main + "limits:\n  memory: much\n", line: 5,
      message: "limits.memory must be a size such as 4GB, not 'much'"),
    Wrong(
      text: main + "limits:\n  threads: 0\n", line: 5,
      message: "limits.threads must be a whole number from 1 to 1024"),
    Wrong(text: main + "files: raw/\n", line: 4, message: "files must be a list of `- entry` lines"),
    Wrong(text: main + "files:\n  - .\n", line: 5, message: "files: '.' may not be opened to SQL"),
    Wrong(
      text: main + "files:\n  - .tarn/tmp\n", line: 5, message: "files: '.tarn/tmp' may not be opened to SQL"),
    Wrong(
      text: main + "files:\n  - ~/data\n", line: 5,
      message: "files: '~/data' may not be opened to SQL. Write the whole path"),
    Wrong(text: main + "files:\n  - /\n", line: 5, message: "files: '/' may not be opened to SQL"),
    Wrong(text: main + "  main:\n    catalog: duckdb\n", line: 4, message: "main"),
    Wrong(
      text: main + "  a:\n    catalog: duckdb\n  A:\n    catalog: duckdb\n", line: 6,
      message: "lakes 'a' and 'A' differ only in case"),
    Wrong(
      text: main + "  a:\n    catalog:\n      type: sqlite\n      path: .tarn/lakes/main/catalog.sqlite\n",
      line: 4,
      message: "lakes 'main' and 'a' have one catalog"),
    Wrong(text: "lakes:\n  dl:\n    catalog: sqlite\n", line: 2, message: "lake name 'dl' is reserved"),
    Wrong(
      text: "lakes:\n  a b:\n    catalog: sqlite\n", line: 2,
      message: "lake name 'a b' may hold only letters, digits, '_' and '-'"),
    Wrong(
      text: "lakes:\n  main:\n    catalog: mysql\n", line: 3, message: "lakes.main.catalog cannot be 'mysql'"),
    Wrong(text: "lakes:\n  main:\n    catalog: sqlit\n", line: 3, message: "Did you mean 'sqlite'?"),
    Wrong(
      text: "lakes:\n  main:\n    catalog: postgresql\n", line: 3,
      message: "postgresql needs host, database and user"),
    Wrong(
      text: "lakes:\n  main:\n    catalog: {type: postgresql, host: h, database: d}\n", line: 3,
      message: "lakes.main.catalog needs `user:`"),
    Wrong(
      text: "lakes:\n  main:\n    storage: ftp://bucket\n", line: 3,
      message: "lakes.main.storage cannot be this"),
    Wrong(text: "lakes:\n  main:\n    storage: s3:///x\n", line: 3, message: "this is no s3://bucket/prefix"),
    Wrong(
      text: "lakes:\n  main:\n    storage: {folder: x, url: s3://b}\n", line: 3,
      message: "unknown key lakes.main.storage.url"),
    Wrong(
      text: "lakes:\n  main:\n    storage: {url: s3://b, endpoint: http://h}\n", line: 3,
      message: "without http://"),
    Wrong(
      text: "lakes:\n  main:\n    storage: {url: s3://b, key_id_env: A}\n", line: 3,
      message: "needs key_id and secret together"),
    Wrong(
      text: "lakes:\n  main:\n    storage: {url: s3://b, tls: perhaps}\n", line: 3,
      message: "lakes.main.storage.tls must be true or false"),
    Wrong(text: main + "---\nlakes: {}\n", line: 5, message: "a line of `---` divides the file"),
    Wrong(
      text: main + "    maintenance: {expier: {age: 1d}}\n", line: 4,
      message: "unknown key lakes.main.maintenance.expier. Did you mean 'expire'?"),
    Wrong(
      text: main + "    maintenance: {expire: {ages: 1d}}\n", line: 4,
      message: "unknown key lakes.main.maintenance.expire.ages. Did you mean 'age'?"),
    Wrong(
      text: main + "    maintenance: {merge: {files: 1}}\n", line: 4,
      message: "lakes.main.maintenance.merge.files must be a whole number from 2 to 100000"),
    Wrong(
      text: main + "    maintenance: {rewrite: {deleted: 2}}\n", line: 4,
      message: "lakes.main.maintenance.rewrite.deleted must be a number above 0, at most 1"),
    Wrong(
      text: main + "    maintenance: {clean: sometimes}\n", line: 4,
      message: "lakes.main.maintenance.clean must be false, true or a list"),
    Wrong(
      text: main + "    maintenance:\n      tables:\n        orders: {expire: false}\n", line: 6,
      message: "unknown key lakes.main.maintenance.tables.orders.expire"),
    Wrong(
      text: main + "storages:\n  a b: local\n", line: 5, message: "'a b' is no name of a storage"),
    Wrong(text: main + "storages:\n  a: ftp://x/y\n", line: 5, message: "storages.a cannot be this"),
    Wrong(
      text: main + "storages:\n  default: ./\n", line: 5,
      message: "storages.default may not be a folder with Tarn's own files in it"),
    Wrong(
      text: main + "storages:\n  a: .tarn/server\n", line: 5,
      message: "storages.a may not be a folder with Tarn's own files in it"),
    Wrong(text: "lakes:\n  main:\n\tcatalog: sqlite\n", line: 3, message: "this is no readable YAML"),
    Wrong(text: "lakes:\n  main: {catalog: sq", line: nil, message: "this is no readable YAML"),
    Wrong(text: "lakes: [", line: nil, message: "this is no readable YAML"),
    Wrong(text: "\u{0}\u{1}", line: nil, message: "this is no readable YAML"),
  ]

  @Test(arguments: wrong)
  func isRefusedWithItsLine(_ wanted: Wrong) throws {
    let error = #expect(throws: WorkspaceError.self) { _ = try Self.read(wanted.text) }
    #expect(
      error?.description.contains(wanted.message) == true, "\(error.map(String.init(describing:)) ?? "")")
    if let line = wanted.line { #expect(error?.line == line) }
    #expect(error?.description.contains("\n") == false)
  }

  /// What may be a secret stands neither in the file nor in the error about it.
  @Test(arguments: [
    "catalog: {type: postgresql, host: h, database: d, user: u, password: hunter2}",
    "catalog: postgresql://u:hunter2@h/d",
    "catalog: {type: postgresql, host: 'u:hunter2@h', database: d, user: u}",
    "storage: {url: s3://b, secret: hunter2}", "storage: {url: s3://b, key_id: hunter2}",
    "storage: s3://key:hunter2@bucket/x", "storage: {url: s3://b, endpoint: 'k:hunter2@h'}",
    "storage: https://u:hunter2@h/x",
    "storage: {url: 's3://k:hunter2@b'}",
  ])
  func secretsInClearAreRefused(lines: String) throws {
    let error = #expect(throws: WorkspaceError.self) { _ = try Self.read("lakes:\n  main:\n    \(lines)\n") }
    #expect(error?.line == 3)
    #expect(error?.description.contains("hunter2") == false)
  }
}
