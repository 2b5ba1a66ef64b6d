import DuckDB
public import Lake
import SQLText

/// A data test that found rows which should not be there.
public struct TestFailure: Sendable {
  /// The test.
  public let test: PlannedTest
  /// `orders: unique(id): 3 violating rows`.
  public let summary: String
  /// Place, summary and sample rows, for people.
  public let lines: [String]
}

/// Data tests that failed, all of them told.
public struct DataTestError: Error, Sendable, CustomStringConvertible {
  /// The script's file.
  public let path: String
  /// What failed, in the order of the annotations.
  public let failures: [TestFailure]
  /// How many tests were run.
  public let count: Int

  /// Samples of the violating rows.
  public var details: [String] { failures.flatMap(\.lines) }

  public var description: String {
    guard let first = failures.first else { return "\(path): data tests failed" }
    let head = failures.count == 1 ? "a data test failed" : "\(failures.count) of \(count) data tests failed"
    return "\(path):\(first.test.line): \(head): \(first.summary)"
  }
}

/// Runs data tests: each is a query whose rows are violations.
public struct DataTestRunner: Sendable {
  /// How many violating rows are shown.
  public static let sampleLimit = 20

  private let session: EngineSession
  private let path: String

  /// - Parameters:
  ///   - session: sees what is to be tested, an open transaction's own rows included.
  ///   - path: the script's file, for errors.
  public init(session: EngineSession, path: String) {
    self.session = session
    self.path = path
  }

  /// Runs all tests, also after one has failed.
  ///
  /// - Throws: ``DataTestError`` when rows break a rule; ``ScriptRunError`` when a test cannot be run;
  ///   `CancellationError`.
  public func run(_ tests: [PlannedTest]) async throws {
    var failures: [TestFailure] = []
    for test in tests {
      do {
        if let failure = try await run(test) { failures.append(failure) }
      } catch let error as LakeError {
        throw ScriptRunError(
          path: path, line: test.line, column: nil, statement: 1, statementCount: 1,
          cause: LakeError(error.code, "data test \(test.name): \(error.message)", hint: error.hint))
      }
    }
    guard failures.isEmpty else { throw DataTestError(path: path, failures: failures, count: tests.count) }
  }

  private func run(_ test: PlannedTest) async throws -> TestFailure? {
    let samples = try await session.run(
      statement("SELECT * FROM (\n\(test.query)\n) LIMIT \(Self.sampleLimit)"))
    guard samples.rowCount > 0 else { return nil }
    let total = try await session.run(statement("SELECT count(*) FROM (\n\(test.query)\n)")).scalar()?
      .intValue
    let count = total ?? samples.rowCount
    let summary = "\(test.name): \(count) violating \(count == 1 ? "row" : "rows")"
    let rows = samples.rows.map { row in
      "    " + zip(samples.columns, row.values).map { "\($0.name)=\($1)" }.joined(separator: " ")
    }
    let rest = count > samples.rowCount ? ["    … and \(count - samples.rowCount) more"] : []
    return TestFailure(
      test: test, summary: summary, lines: ["  \(path):\(test.line): \(summary)"] + rows + rest)
  }

  private func statement(_ text: String) throws -> SQLStatement {
    do {
      let statements = try SQLStatements.split(text)
      guard statements.count == 1 else { throw LakeError(.query, "it is not one SELECT") }
      return statements[0]
    } catch let error as SQLSyntaxError {
      throw LakeError(.query, error.message)
    }
  }
}
