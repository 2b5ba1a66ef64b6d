import Foundation

/// How long and from which seeds the tests of faults run.
///
/// | variable | meaning | default |
/// |---|---|---|
/// | `TARN_FAULTS_SEED` | what all random choices follow from | always the same |
/// | `TARN_FAULTS_KILLS` | kills for each catalog | 10 |
/// | `TARN_FAULTS_OPERATIONS` | operations of the random workload | 240 |
public enum FaultRun {
  /// What all random choices of this run follow from.
  public static let seed = variable("TARN_FAULTS_SEED") ?? 20_261_120
  /// How often a writer is killed on each catalog.
  public static let kills = Int(variable("TARN_FAULTS_KILLS") ?? 10)
  /// The operations of the random workload.
  public static let operations = Int(variable("TARN_FAULTS_OPERATIONS") ?? 240)
  /// Whether the faults are also tried on plain DuckLake, to see what it does.
  public static let triesPlainDuckLake = variable("TARN_FAULTS_PLAIN") == 1

  /// What a failure says, so that it can be had again.
  public static let again = "Again with TARN_FAULTS_SEED=\(seed)"

  /// Random numbers for one test: the same in each run with the same seed.
  ///
  /// - Parameter name: the test, and what else tells it from others.
  public static func random(_ name: String) -> SeededNumbers {
    // FNV-1a: Swift's own hashes differ from run to run.
    let hash = name.utf8.reduce(UInt64(14_695_981_039_346_656_037)) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
    return SeededNumbers(seed: seed ^ hash)
  }

  /// Lets a few tests of faults at a time run: each has processes of its own.
  public static func inPlace<Result>(_ body: () async throws -> Result) async rethrows -> Result {
    try await places.run(body)
  }

  private static let places = EnginePlaces()

  private static func variable(_ name: String) -> UInt64? {
    ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
  }
}
