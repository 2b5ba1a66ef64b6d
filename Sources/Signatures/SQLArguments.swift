public import JSON
public import Scripts

/// Arguments of scripts in SQL, looked at before there is a job.
public enum SQLArguments {
  /// What a script in `postgresql` is sent to: not for its text.
  private static let database = "database"

  /// Finds out whether a script can be called with these arguments, as a worker will. One that names a variable or a resource
  /// (`$var:…`, `$res:…`) fits anywhere. A text that cannot be read is not looked at: its worker tells what is wrong with it.
  ///
  /// - Throws: `ScriptArgumentError`.
  public static func check(
    _ arguments: JSONObject, of content: String, language: ScriptLanguage
  ) throws(ScriptArgumentError) {
    // Nearly all queries take nothing and are given nothing.
    guard !arguments.members.isEmpty || content.utf8.contains(UInt8(ascii: "$")) else { return }
    var given = ScriptValue.values(of: arguments)
    for (name, value) in given {
      // What it names is put in later.
      if case .text(let text) = value, text.hasPrefix("$var:") || text.hasPrefix("$res:") {
        given[name] = .null
      }
    }
    switch language {
    case .duckdb:
      guard let script = try? SQLScript.parse(content, path: "") else { return }
      _ = try script.bind(arguments: given)
    case .postgresql:
      guard let script = try? PostgreSQLScript.parse(content, path: "") else { return }
      given[database] = nil
      _ = try script.bind(arguments: given)
    case .python3, .typescript, .bash: return
    }
  }
}
