import Foundation
import TestKit
import Testing

/// A workspace folder, and the binary in it.
struct CommandLab {
  let folder: TemporaryFolder

  /// - Parameter settings: lines that are added to `tarn.yaml`.
  init(_ settings: String = "", lakes: [String] = ["main"]) throws {
    folder = try TemporaryFolder("command")
    let declared = lakes.map { "  \($0):\n    catalog: sqlite\n" }.joined()
    try folder.write("lakes:\n\(declared)files:\n  - raw/\n\(settings)", to: "tarn.yaml")
  }

  var process: TarnProcess { TarnProcess(in: folder.path) }

  /// Runs a command to its end, whatever that is.
  func tarn(_ arguments: String..., input: String? = nil, in subfolder: String? = nil) async throws
    -> TarnProcess.Outcome
  {
    try await TarnProcess(in: subfolder.map { folder[$0] } ?? folder.path).run(arguments, input: input)
  }

  /// Runs a command that must succeed and say nothing but its result.
  @discardableResult
  func output(
    _ arguments: String..., input: String? = nil, at location: SourceLocation = #_sourceLocation
  ) async throws -> String {
    let outcome = try await process.run(arguments, input: input)
    #expect(outcome.status == 0, "\(outcome)", sourceLocation: location)
    return outcome.output
  }

  /// Runs a command that prints one JSON value.
  func json(_ arguments: String..., at location: SourceLocation = #_sourceLocation) async throws -> Any {
    let outcome = try await process.run(arguments)
    #expect(outcome.status == 0, "\(outcome)", sourceLocation: location)
    return try JSONSerialization.jsonObject(with: Data(outcome.output.utf8), options: .fragmentsAllowed)
  }

  /// Runs a command that must fail with one line on standard error, and nothing on standard output.
  func fails(
    _ arguments: String..., input: String? = nil, status: Int32 = 1, saying parts: String...,
    at location: SourceLocation = #_sourceLocation
  ) async throws {
    let outcome = try await process.run(arguments, input: input)
    #expect(outcome.status == status, "\(outcome)", sourceLocation: location)
    #expect(outcome.output == "", "\(outcome)", sourceLocation: location)
    #expect(outcome.errorLines.count == 1, "\(outcome)", sourceLocation: location)
    #expect(outcome.errors.hasPrefix("tarn: "), "\(outcome)", sourceLocation: location)
    #expect(
      !outcome.errors.contains("!. ") && !outcome.errors.contains(".. "), "\(outcome)",
      sourceLocation: location)
    for part in parts { #expect(outcome.errors.contains(part), "\(outcome)", sourceLocation: location) }
  }
}
