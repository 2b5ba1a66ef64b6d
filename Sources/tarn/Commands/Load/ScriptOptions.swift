import ArgumentParser
import Foundation

/// What a command says of the call of a script that yields rows.
struct ScriptOptions: ParsableArguments {
  @Option(
    name: .long, parsing: .singleValue,
    help: ArgumentHelp(
      "An argument of the script's function; @FILE takes a file's text.", valueName: "name=value"))
  var arg: [String] = []

  @Option(
    name: .long, help: ArgumentHelp("The Python that runs a script; else python3.", valueName: "program"))
  var python: String?

  /// The call as it was typed.
  struct Call {
    var arguments: [String: String] = [:]
    var python: String?

    /// Whether nothing was said.
    var isEmpty: Bool { arguments.isEmpty && python == nil }
  }

  /// - Throws: ``CommandFailure`` for arguments that are none.
  func call(in open: OpenWorkspace) throws -> Call {
    var python = python
    // A path begins where it is typed.
    if let path = python, path.contains("/") { python = open.path(path) }
    return Call(arguments: try ArgumentTexts.parse(arg, in: open), python: python)
  }
}
