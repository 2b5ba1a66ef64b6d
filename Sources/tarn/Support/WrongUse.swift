import ArgumentParser
import SQLText

/// A command line that cannot be understood, told in one line.
enum WrongUse {
  /// What is wrong, and whose help to read. ArgumentParser's own text has a line for each, and the usage between.
  static func line(for error: any Error) -> String {
    let message = Tarn.message(for: error)
    let first = message.split(separator: "\n").first.map(String.init) ?? message
    let help = Tarn.fullMessage(for: error).split(separator: "\n").last { $0.contains("--help'") }
    let command = help?.split(separator: "'").dropFirst().first.map(String.init) ?? "tarn --help"
    return first + (first.hasSuffix(".") || first.hasSuffix("?") ? " " : ". ") + "See \(command)"
  }

  /// - Throws: ``CommandFailure`` when a word stands where a command belongs and is none, with the nearest.
  static func checkCommand(_ arguments: [String]) throws {
    var path = "tarn"
    var known: [any ParsableCommand.Type] = Tarn.configuration.subcommands
    var takesArguments = false
    for word in arguments {
      if known.isEmpty || word.hasPrefix("-") { return }
      if word == "help", path == "tarn" { continue }
      guard let next = command(word, among: known) else {
        // `tarn lake branch NAME`: the word is the default command's argument.
        if takesArguments { return }
        let names = known.map { $0._commandName }
        let near = NearestName.suggestion(for: word, among: names)
        let hint = near.map { "Did you mean '\($0)'?" } ?? "There are: \(names.joined(separator: ", "))."
        let what = path == "tarn" ? "there is no command '\(word)'" : "\(path) has no command '\(word)'"
        throw CommandFailure.wrongUse("\(what). \(hint)")
      }
      path += " " + word
      known = next.configuration.subcommands
      takesArguments = next.configuration.defaultSubcommand != nil
    }
  }

  private static func command(
    _ name: String, among commands: [any ParsableCommand.Type]
  ) -> (any ParsableCommand.Type)? {
    for command in commands where command._commandName == name { return command }
    return nil
  }
}
