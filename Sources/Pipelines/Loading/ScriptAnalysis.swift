import DuckDB
import Lake
import LakeSettings
import Lineage
import Runtimes
import SQLText
import Scripts

/// Finds out what scripts read and write, with the help of DuckDB's parser; runs nothing of them.
struct ScriptAnalysis: Sendable {
  let engine: Engine
  /// Values for the scripts' arguments, by name.
  let arguments: [String: String]

  /// - Parameter known: what is wrong with scripts that are not among these.
  /// - Throws: ``PipelineProblems`` with all that is wrong in all scripts.
  func analyse(_ scripts: [SQLScript], besides known: [String]) async throws -> [LoadedScript] {
    var drafts: [Draft] = []
    var problems = known
    // An argument may belong to a script that cannot be read.
    if known.isEmpty { problems += unknownArguments(scripts) }
    for script in scripts {
      do { drafts.append(try draft(script)) } catch let error as ScriptError {
        problems += error.diagnostics.map(\.description)
      } catch let error as ScriptArgumentError {
        problems += error.problems.map { "\(script.path): \($0)" }
      } catch let error as ReportError {
        problems.append(error.inFile(script.path).description)
      }
    }
    guard problems.isEmpty else { throw PipelineProblems(problems) }
    return try await finish(drafts)
  }

  /// A script before DuckDB has been asked.
  private struct Draft {
    let script: SQLScript
    let bound: [BoundArgument]
    let report: ReportPlan?
    let tests: [PlannedTest]
  }

  private func unknownArguments(_ scripts: [SQLScript]) -> [String] {
    let declared = Set(scripts.flatMap { $0.arguments + $0.undeclaredArguments }.map(\.name))
    return arguments.keys.filter { !declared.contains($0) }.sorted().map { name in
      let near = NearestName.suggestion(for: name, among: declared.sorted())
      return "no script has an argument '\(name)'" + (near.map { ". Did you mean '\($0)'?" } ?? "")
    }
  }

  private func draft(_ script: SQLScript) throws -> Draft {
    try MaterializedStatements.check(script)
    try refuseTransactions(script)
    let own = Set((script.arguments + script.undeclaredArguments).map(\.name))
    let written = ScriptAssets.resolve(script: script, names: names).writes
      .filter { $0.access != .drop && $0.asset.kind == .ducklake }.map(\.asset)
    let tests = try script.dataTests.map { test in
      try PlannedTest(test, written: written, path: script.path)
    }
    return Draft(
      script: script, bound: try script.bind(arguments: arguments.filter { own.contains($0.key) }),
      report: try ReportPlan.parse(source: script.source), tests: tests)
  }

  /// A step is one transaction already.
  private func refuseTransactions(_ script: SQLScript) throws(ScriptError) {
    for statement in script.statements {
      guard let verb = statement.sql.tokens.first,
        ["begin", "start", "commit", "rollback", "abort", "end"].contains(where: verb.isWord)
      else { continue }
      throw ScriptError(diagnostics: [
        Diagnostic(
          path: script.path, line: verb.line, column: verb.column,
          message: "\(verb.value) in a pipeline step",
          hint: "a step is one transaction already; take the statement out")
      ])
    }
  }

  private var names: LakeNames {
    LakeNames(defaultLake: "main", otherLakes: engine.configurations.map(\.name.text).filter { $0 != "main" })
  }

  // MARK: With DuckDB

  private func finish(_ drafts: [Draft]) async throws -> [LoadedScript] {
    let session = try await engine.session(current: nil)
    defer { Task { await session.close() } }
    let parser = SyntaxQuestions(session: session)
    let answers = try await parser.answers(for: drafts.map(\.script))
    let hashes = try await parser.hashes(
      of: drafts.flatMap {
        [$0.script.source, $0.bound.map { "\($0.name)=\($0.value)" }.joined(separator: "\n")]
      })
    return drafts.enumerated().map { index, draft in
      let assets = ScriptAssets.resolve(
        script: draft.script, answers: answers[index], names: names, parameters: arguments)
      let written = Set(assets.writes.map(\.asset))
      let early = draft.tests.filter { test in test.tables.map { written.isDisjoint(with: $0) } ?? false }
      return LoadedScript(
        path: draft.script.path, script: draft.script, assets: assets, arguments: draft.bound,
        testsBefore: early, testsAfter: draft.tests.filter { !early.contains($0) }, report: draft.report,
        hash: hashes[index * 2], argumentsHash: hashes[index * 2 + 1])
    }
  }
}

/// Questions to DuckDB about texts: nothing of them is bound or run.
struct SyntaxQuestions {
  let session: EngineSession

  /// The tables that the queries of each script name. All are asked in one go.
  func answers(for scripts: [SQLScript]) async throws -> [[NameRequest.ID: ExtractedNames]] {
    let requests = scripts.map(LineagePlan.requests(for:))
    let trees = try await forEach(of: requests.flatMap { $0.map(\.sql) }, "json_serialize_sql(text)")
    var next = trees.makeIterator()
    return requests.map { requests in
      var answers: [NameRequest.ID: ExtractedNames] = [:]
      for request in requests { answers[request.id] = next.next().map(ExtractedNames.init(serialized:)) }
      return answers
    }
  }

  /// SHA-256 of each text, in hexadecimal digits.
  func hashes(of texts: [String]) async throws -> [String] {
    try await forEach(of: texts, "sha256(text)")
  }

  private func forEach(of texts: [String], _ expression: String) async throws -> [String] {
    guard !texts.isEmpty else { return [] }
    let result = try await session.runTrusted(
      """
      SELECT \(expression)::VARCHAR FROM (
        SELECT unnest($1::VARCHAR[]) AS text, generate_subscripts($1::VARCHAR[], 1) AS n
      ) ORDER BY n
      """, parameters: [texts])
    return result.rows.map { $0[0].stringValue ?? "" }
  }
}
