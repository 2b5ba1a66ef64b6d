import ArgumentParser

/// How long jobs may go on when what runs them is told to stop.
struct DrainOption: ParsableArguments {
  @Option(
    name: .customLong("drain"),
    help: ArgumentHelp(
      "How long running jobs may go on after Ctrl-C before they are cancelled.", valueName: "seconds"))
  var seconds = 30

  func validate() throws {
    if seconds < 0 { throw ValidationError("--drain must be at least 0") }
  }
}
