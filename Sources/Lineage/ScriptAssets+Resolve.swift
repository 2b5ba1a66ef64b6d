import SQLText
public import Scripts

extension ScriptAssets {
  /// Resolves what a script reads and writes.
  ///
  /// ATTACH and USE take effect from where they stand. Temporary tables, common table expressions, DuckDB's own
  /// catalog and databases that are no lakes are left out; what the script has written itself is no read of it
  /// any more. Annotations add what they say: `-- on` a read, `-- materialize` a write, `-- data_test` reads of the
  /// tables that it compares with.
  /// - Parameters:
  ///   - script: The parsed script.
  ///   - answers: DuckDB's answers to `LineagePlan.requests(for:)`. Queries without an answer are read by
  ///     tokens, with `precision` saying so.
  ///   - names: The lakes that are attached where the script starts.
  ///   - parameters: Values of arguments that may name files (`read_parquet($path)`), by name; arguments that
  ///     are not given fall back to their defaults.
  public static func resolve(
    script: SQLScript, answers: [NameRequest.ID: ExtractedNames] = [:], names: LakeNames = LakeNames(),
    parameters: [String: String] = [:]
  ) -> ScriptAssets {
    var values: [String: String] = [:]
    for argument in script.arguments { values[SQLIdentifier.folded(argument.name)] = argument.default?.text }
    for (name, value) in parameters { values[SQLIdentifier.folded(name)] = value }
    var resolver = AssetResolver(names: names, parameters: values)
    for (index, statement) in script.statements.enumerated() {
      resolver.resolve(statement, at: index, answers: answers)
    }
    resolver.resolve(script.annotations, answers: answers)
    return resolver.assets
  }
}
