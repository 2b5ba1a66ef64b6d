/// Why a script cannot be run, or not to its end.
struct ScriptProcessError: Error, CustomStringConvertible {
  /// The kind of error, as a client may look for it.
  let name: String
  let description: String

  init(_ description: String, name: String = "ExecutionErr") {
    self.name = name
    self.description = description
  }
}
