// swift-tools-version: 6.3
import PackageDescription

// Set-up (`make setup`) places DuckDB's library and extensions here; an installed copy has the same layout.
let runtimeFolder = Context.packageDirectory + "/lib/tarn"

/// DuckDB's shared library is not a system package, so its place has to be given to the linker.
/// The binary looks beside itself first (`bin/tarn` and `lib/tarn/`), then in this checkout (for tests).
let duckDBLinkage: [LinkerSetting] = [
  .unsafeFlags([
    "-L\(runtimeFolder)",
    "-Xlinker", "-rpath", "-Xlinker", "$ORIGIN/../lib/tarn",
    "-Xlinker", "-rpath", "-Xlinker", runtimeFolder,
  ])
]

let package = Package(
  name: "tarn",
  products: [
    .executable(name: "tarn", targets: ["tarn"]),
    .library(name: "Lake", targets: ["Lake"]),
    .library(name: "DuckDB", targets: ["DuckDB"]),
    .library(name: "Loader", targets: ["Loader"]),
    // For the package Benchmarks.
    .library(name: "Scripting", targets: ["Runtimes", "Scripts", "SQLText"]),
    .library(name: "Queueing", targets: ["Jobs", "Store"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser.git", exact: "1.2.3"),
    .package(url: "https://github.com/jpsim/Yams.git", exact: "5.0.6"),
  ],
  targets: [
    // C libraries: one importer each.
    .systemLibrary(name: "CDuckDB"),
    .systemLibrary(name: "CEdit", providers: [.apt(["libedit-dev"])]),
    .systemLibrary(name: "CPostgreSQL", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(name: "CSQLite", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(name: "CSodium", providers: [.apt(["libsodium-dev"])]),
    .systemLibrary(name: "CMicroHTTPD", providers: [.apt(["libmicrohttpd-dev"])]),
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
    // Not linked: taken from the system when an API is read.
    .target(name: "CCurl"),
    .target(name: "CSpawn"),
    .target(name: "CSandbox"),

    // Programs that are started.
    .target(name: "Processes", dependencies: ["CSpawn"]),

    // Pure: text in, values out.
    .target(name: "JSON"),
    .target(name: "SQLText"),
    .target(name: "LakeSettings"),
    .target(name: "Grants", dependencies: ["SQLText"]),
    .target(name: "YAMLText", dependencies: [.product(name: "Yams", package: "Yams")]),
    .target(name: "Scripts", dependencies: ["SQLText"]),
    .target(name: "Signatures", dependencies: ["JSON", "SQLText", "Scripts"]),
    .target(name: "Lineage", dependencies: ["Scripts", "SQLText"]),
    .target(name: "Flows", dependencies: ["Lineage", "Scripts"]),

    // A client for HTTP.
    .target(name: "HTTPClient", dependencies: ["CCurl"]),

    // A REST API read into files of rows.
    .target(
      name: "RESTSource",
      dependencies: [
        "HTTPClient", "LakeSettings", "SQLText", "YAMLText", .product(name: "Yams", package: "Yams"),
      ]),

    // Threads for calls that block.
    .target(name: "Threads"),

    // What a server keeps for itself.
    .target(name: "PostgreSQL", dependencies: ["CPostgreSQL", "SQLText"]),
    .target(name: "SQLite", dependencies: ["CSQLite", "SQLText"]),
    .target(name: "Store", dependencies: ["PostgreSQL", "SQLite", "SQLText", "Threads"]),
    .target(name: "Jobs", dependencies: ["Grants", "JSON", "SQLText", "Store", "Threads"]),
    .target(name: "Secrets", dependencies: ["CSodium"]),
    .target(name: "Accounts", dependencies: ["Grants", "Secrets", "SQLText", "Store"]),

    // Files by their keys, in folders and buckets.
    .target(name: "FileStores", dependencies: ["CSodium", "HTTPClient", "LakeSettings"]),

    // Secrets that a cloud keeps.
    .target(name: "CloudSecrets", dependencies: ["FileStores", "HTTPClient", "JSON"]),

    // A server for HTTP, which knows nothing of what it serves.
    .target(name: "HTTPServer", dependencies: ["CMicroHTTPD"]),
    .target(
      name: "Server",
      dependencies: [
        "Accounts", "FileStores", "Grants", "HTTPClient", "HTTPServer", "JSON", "Jobs", "LakeSettings",
        "SQLText", "Scripts", "Secrets", "Signatures", "Store",
      ]),

    // Engine.
    .target(name: "DuckDB", dependencies: ["CDuckDB", "SQLText"], linkerSettings: duckDBLinkage),
    .target(name: "Lake", dependencies: ["DuckDB", "LakeSettings", "SQLText", "Threads"]),
    .target(name: "Loader", dependencies: ["CZlib", "DuckDB", "JSON", "Lake", "LakeSettings", "SQLText"]),

    // Declared loads: files in, loads out.
    .target(
      name: "LoadFiles",
      dependencies: [
        "HTTPClient", "Lake", "LakeSettings", "Loader", "RESTSource", "SQLText", "YAMLText",
        .product(name: "Yams", package: "Yams"),
      ]),
    // Sources that are read into files before a load: APIs and programs.
    .target(
      name: "Extracts",
      dependencies: ["LakeSettings", "LoadFiles", "Loader", "Processes", "RESTSource", "SQLText"],
      // Runs people's scripts; the binary carries it.
      resources: [.embedInCode("Script/load_script.py")]),

    // A workspace's scripts and settings as files: what differs and what is to be done; then the doing.
    .target(
      name: "Sync",
      dependencies: [
        "JSON", "SQLText", "Secrets", "YAMLText", .product(name: "Yams", package: "Yams"),
      ]),
    .target(
      name: "SyncClient",
      dependencies: ["HTTPClient", "JSON", "Processes", "Scripts", "Signatures", "Sync"]),

    // Workspace folders, and what runs in them.
    .target(
      name: "Workspaces",
      dependencies: ["LakeSettings", "SQLText", "YAMLText", .product(name: "Yams", package: "Yams")]),
    .target(
      name: "Runtimes",
      dependencies: ["DuckDB", "Grants", "Lake", "LakeSettings", "Lineage", "Scripts", "SQLText"]),
    .target(name: "DataTables", dependencies: ["JSON", "PostgreSQL", "SQLText", "Scripts", "Threads"]),
    .target(
      name: "Worker",
      dependencies: [
        "CSandbox", "DataTables", "DuckDB", "Extracts", "Grants", "HTTPClient", "HTTPServer", "JSON", "Jobs",
        "Lake", "LakeSettings", "LoadFiles", "Loader", "Runtimes", "Scripts", "Signatures", "Threads",
      ],
      // What starts people's scripts, and the clients that scripts import (links to clients/); the binary carries them.
      resources: [
        .embedInCode("Python/python_host.py"), .embedInCode("Python/python_sandbox.py"),
        .embedInCode("Python/Client/__init__.py"), .embedInCode("Python/Client/client.py"),
        .embedInCode("Python/Client/results.py"), .embedInCode("Python/Client/transport.py"),
        .embedInCode("Python/Client/values.py"),
        .embedInCode("TypeScript/typescript_host.ts"), .embedInCode("TypeScript/Client/index.ts"),
        .embedInCode("TypeScript/Client/jobs.ts"), .embedInCode("TypeScript/Client/sql.ts"),
        .embedInCode("TypeScript/Client/storage.ts"), .embedInCode("TypeScript/Client/transport.ts"),
      ]),
    .target(
      name: "Pipelines",
      dependencies: [
        "DuckDB", "Flows", "Lake", "LakeSettings", "Lineage", "Runtimes", "Scripts", "SQLText",
      ]),
    .target(name: "Examples", dependencies: ["DuckDB", "Lake", "SQLText"]),

    // The terminal, and the binary.
    .target(name: "Terminal", dependencies: ["CEdit", "DuckDB", "SQLText"]),
    .executableTarget(
      name: "tarn",
      dependencies: [
        "Accounts", "CloudSecrets", "DuckDB", "Examples", "Extracts", "Flows", "Grants", "HTTPServer", "Jobs",
        "Lake",
        "LakeSettings",
        "Lineage",
        "LoadFiles", "Loader", "Pipelines", "Processes", "RESTSource", "Runtimes", "Scripts", "Secrets",
        "Server", "SQLText", "Store", "Sync", "SyncClient",
        "Terminal", "Worker", "Workspaces",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    .target(
      name: "TestKit",
      dependencies: [
        "DuckDB", "Lake", "LakeSettings", "PostgreSQL", "Processes", "SQLText", "Store", "Workspaces",
      ],
      path: "Tests/TestKit",
      // Compiled by the tests that preload it.
      exclude: ["Faults/faults.c"]),
    // A process for tests to kill.
    .executableTarget(
      name: "FaultWorker", dependencies: ["DuckDB", "Lake", "SQLText", "TestKit"], path: "Tests/FaultWorker"),
    .testTarget(name: "ProcessesTests", dependencies: ["Processes", "TestKit"]),
    .testTarget(name: "ThreadsTests", dependencies: ["Threads"]),
    .testTarget(name: "SQLTextTests", dependencies: ["SQLText"]),
    .testTarget(name: "ScriptsTests", dependencies: ["Scripts", "SQLText", "TestKit"]),
    .testTarget(name: "SignaturesTests", dependencies: ["JSON", "Signatures"]),
    .testTarget(name: "LineageTests", dependencies: ["Lineage", "Scripts", "SQLText"]),
    .testTarget(name: "FlowsTests", dependencies: ["Flows", "Lineage", "Scripts", "SQLText"]),
    .testTarget(
      name: "RESTSourceTests", dependencies: ["HTTPClient", "LakeSettings", "RESTSource", "TestKit"],
      // Run by the tests.
      exclude: ["Server/api_server.py"]),
    .testTarget(name: "GrantsTests", dependencies: ["Grants"]),
    .testTarget(name: "StoreTests", dependencies: ["SQLText", "Store", "TestKit"]),
    .testTarget(
      name: "AccountsTests", dependencies: ["Accounts", "Grants", "Secrets", "SQLText", "Store", "TestKit"]),
    .testTarget(
      name: "ServerTests",
      dependencies: [
        "Accounts", "DuckDB", "FileStores", "Grants", "HTTPClient", "HTTPServer", "JSON", "Jobs", "Lake",
        "LakeSettings",
        "Secrets", "Server", "SQLText", "Store", "TestKit", "Worker",
      ],
      // Run by the tests.
      exclude: ["Wmill"]),
    .testTarget(name: "SyncTests", dependencies: ["JSON", "Sync", "TestKit"]),
    .testTarget(name: "JobsTests", dependencies: ["Jobs", "SQLText", "Store", "TestKit"]),
    .testTarget(name: "HTTPServerTests", dependencies: ["HTTPServer", "TestKit"]),
    .testTarget(name: "DuckDBTests", dependencies: ["DuckDB", "SQLText", "TestKit"]),
    .testTarget(name: "WorkspacesTests", dependencies: ["LakeSettings", "Workspaces", "TestKit"]),
    .testTarget(
      name: "LakeTests",
      dependencies: ["DuckDB", "Lake", "LakeSettings", "Processes", "SQLText", "TestKit"]),
    .testTarget(
      name: "LoaderTests", dependencies: ["DuckDB", "Lake", "LakeSettings", "Loader", "SQLText", "TestKit"],
      exclude: ["Golden", "Generated/many.py", "Interop/peer.py"]),
    .testTarget(
      name: "LoadFilesTests", dependencies: ["LakeSettings", "LoadFiles", "Loader", "TestKit"]),
    .testTarget(
      name: "PipelinesTests",
      dependencies: [
        "DuckDB", "Flows", "Lake", "LakeSettings", "Lineage", "Pipelines", "Runtimes", "Scripts", "SQLText",
        "TestKit", "Workspaces",
      ]),
    .testTarget(
      name: "RuntimesTests",
      dependencies: ["DuckDB", "Grants", "Lake", "LakeSettings", "Runtimes", "Scripts", "SQLText", "TestKit"]),
    .testTarget(name: "TerminalTests", dependencies: ["DuckDB", "SQLText", "Terminal"]),
    .testTarget(
      name: "ReliabilityTests", dependencies: ["DuckDB", "Lake", "LakeSettings", "SQLText", "TestKit"]),
    .testTarget(name: "DocsTests", dependencies: ["DuckDB", "Lake", "LakeSettings", "TestKit"]),
    .testTarget(
      name: "TarnTests", dependencies: ["DuckDB", "HTTPClient", "Lake", "LakeSettings", "SQLText", "TestKit"]),
  ],
  swiftLanguageModes: [.v6]
)

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableUpcomingFeature("InferIsolatedConformances"),
  .enableUpcomingFeature("ImmutableWeakCaptures"),
  .unsafeFlags(["-warnings-as-errors"]),
]

for target in package.targets where target.type != .system {
  target.swiftSettings = (target.swiftSettings ?? []) + strict
}
