// swift-tools-version: 6.3
import PackageDescription

// DuckDB's header, which set-up puts beside the product's own shim.
let duckDBHeader: [CSetting] = [.unsafeFlags(["-I\(Context.packageDirectory)/../Sources/CDuckDB"])]

// Measurements against plain DuckDB, apart from the product so that it builds without them: `make bench`.
let package = Package(
  name: "Benchmarks",
  dependencies: [.package(name: "tarn", path: "..")],
  targets: [
    // The same work written in C against DuckDB's C API.
    .target(name: "CDuckDBReading", cSettings: duckDBHeader),
    .target(name: "CBareLake", cSettings: duckDBHeader),
    .target(
      name: "DuckDBReading", dependencies: ["CDuckDBReading", .product(name: "DuckDB", package: "tarn")]),
    .executableTarget(
      name: "TarnBenchmarks",
      dependencies: [
        "CBareLake", "DuckDBReading",
        .product(name: "DuckDB", package: "tarn"), .product(name: "Lake", package: "tarn"),
        .product(name: "Loader", package: "tarn"), .product(name: "Scripting", package: "tarn"),
        .product(name: "Queueing", package: "tarn"),
      ]),
  ],
  swiftLanguageModes: [.v6]
)

for target in package.targets where target.type != .system {
  target.swiftSettings = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  ]
}
