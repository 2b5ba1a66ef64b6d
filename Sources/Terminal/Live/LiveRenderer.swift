/// Draws a ``LiveState`` as lines of text. Pure.
public enum LiveRenderer {
  /// The lines of the live region.
  ///
  /// - Parameters:
  ///   - state: What is known.
  ///   - now: The moment that running times end at.
  ///   - width: No line is wider than this.
  ///   - height: There are no more lines than this.
  ///   - style: Colours and weights.
  public static func render(
    _ state: LiveState, at now: LiveState.Instant, width: Int, height: Int = 24, style: TextStyle = .plain
  ) -> [String] {
    let bar = progressLine(state, at: now, width: width, style)
    var rows = height - 1
    guard rows > 0 else { return [bar] }
    var stages = stageLines(state, at: now, width: width, style)
    if stages.count > rows { stages = condensed(state, stages, to: rows) }
    rows -= stages.count
    let steps = stepLines(state.steps, at: now, width: width, limit: rows, style)
    return stages + steps + [bar]
  }

  /// The table of all stages, for the end.
  public static func summary(_ state: LiveState, at now: LiveState.Instant) -> TextTable {
    let hasSkipped = state.stages.contains { $0.skipped > 0 }
    let hasFailed = state.stages.contains { $0.failed > 0 }
    var columns: [TextTable.Column] = ["stage", .init("done", .right)]
    if hasSkipped { columns.append(.init("unchanged", .right)) }
    if hasFailed { columns.append(.init("failed", .right)) }
    columns += [.init("rows", .right), .init("time", .right)]
    var table = TextTable(columns)

    func cells(_ name: String, done: String, skipped: Int, failed: Int, rows: Int, time: Duration?)
      -> [String]
    {
      var cells = [name, done]
      if hasSkipped { cells.append(skipped > 0 ? HumanText.count(skipped) : "") }
      if hasFailed { cells.append(failed > 0 ? HumanText.count(failed) : "") }
      return cells + [rows > 0 ? HumanText.count(rows) : "", time.map { HumanText.duration($0) } ?? ""]
    }
    for stage in state.stages {
      table.add(
        cells(
          stage.name, done: "\(stage.done)/\(stage.total)", skipped: stage.skipped, failed: stage.failed,
          rows: stage.rows, time: stage.elapsed(at: now)))
    }
    func sum(_ part: (LiveState.Stage) -> Int) -> Int { state.stages.reduce(0) { $0 + part($1) } }
    table.setFooter(
      cells(
        "total", done: "\(sum(\.done))/\(state.total)", skipped: sum(\.skipped), failed: sum(\.failed),
        rows: sum(\.rows), time: state.start.duration(to: now)))
    return table
  }

  /// One line about an event, for output that is not a terminal; nil for events that a log can do without.
  ///
  /// - Parameters:
  ///   - event: What happened.
  ///   - state: What was known before it.
  ///   - now: When it happened.
  public static func line(for event: LiveEvent, in state: LiveState, at now: LiveState.Instant) -> String? {
    func time(of name: String) -> String {
      state.step(named: name).map { ", " + HumanText.duration($0.start.duration(to: now)) } ?? ""
    }
    func label(_ name: String) -> String {
      // A step's name may be a path that begins with its stage.
      guard let stage = state.step(named: name)?.stage, !name.hasPrefix(stage + "/") else { return name }
      return "\(stage)/\(name)"
    }
    switch event {
    case .started, .progressed, .skipped: return nil
    case .finished(let step, let rows):
      let written = rows.map { ", " + HumanText.count($0, "row") } ?? ""
      return "[\(state.over + 1)/\(state.total)] \(label(step)) done\(written)\(time(of: step))"
    case .failed(let step, let message):
      return "[\(state.over + 1)/\(state.total)] \(label(step)) FAILED\(time(of: step)): \(message)"
    case .cancelled(let step): return "\(label(step)) stopped\(time(of: step))"
    case .note(let text): return text
    }
  }

  // MARK: - Parts

  private static func stageLines(
    _ state: LiveState, at now: LiveState.Instant, width: Int, _ style: TextStyle
  ) -> [String] {
    var table = TextTable([
      "", "stage", .init("running", .right), .init("done", .right), .init("total", .right),
      .init("rows", .right),
      .init("time", .right),
    ])
    for stage in state.stages {
      table.add([
        mark(stage), stage.name, stage.running > 0 ? HumanText.count(stage.running) : "",
        HumanText.count(stage.over), HumanText.count(stage.total),
        stage.rows > 0 ? HumanText.count(stage.rows) : "",
        stage.elapsed(at: now).map { HumanText.duration($0) } ?? "",
      ])
    }
    // Colours come last: they take no room.
    return table.render(width: width).enumerated().map { index, line in
      guard index > 0 else { return style.bold(line) }
      let stage = state.stages[index - 1]
      if stage.failed > 0 { return style.red(line) }
      if stage.running > 0 { return style.cyan(line) }
      return stage.over == stage.total ? style.green(line) : style.dim(line)
    }
  }

  private static func mark(_ stage: LiveState.Stage) -> String {
    if stage.failed > 0 { return "✗" }
    if stage.over == stage.total { return "✓" }
    return stage.running > 0 || stage.over > 0 ? "●" : "·"
  }

  /// The heading and the stages around the first one that is not over.
  private static func condensed(_ state: LiveState, _ lines: [String], to count: Int) -> [String] {
    guard count > 1 else { return [] }
    let current = state.stages.firstIndex { $0.over < $0.total } ?? state.stages.count - 1
    let room = count - 1
    let first = max(0, min(current - room / 2, state.stages.count - room))
    return [lines[0]] + lines[(1 + first)..<(1 + first + room)]
  }

  private static func stepLines(
    _ steps: [LiveState.Step], at now: LiveState.Instant, width: Int, limit: Int, _ style: TextStyle
  ) -> [String] {
    guard limit > 0, !steps.isEmpty else { return [] }
    let isCut = steps.count > limit
    let shown = steps.prefix(isCut ? limit - 1 : limit)
    let names = min(
      shown.map { DisplayWidth.of(DisplayText.line(of: $0.name)) }.max() ?? 0, max(8, width - 20))
    var lines = shown.map { step in
      let name = DisplayText.padded(DisplayText.cut(DisplayText.line(of: step.name), to: names), to: names)
      let time = DisplayText.padded(HumanText.duration(step.start.duration(to: now)), to: 8, .right)
      let percent = step.progress.map { "  \(percentage($0))" } ?? ""
      return DisplayText.cut("  \(name)  \(time)\(percent)", to: width)
    }
    if isCut { lines.append(style.dim("  … and \(steps.count - shown.count) more")) }
    return lines
  }

  private static func progressLine(
    _ state: LiveState, at now: LiveState.Instant, width: Int, _ style: TextStyle
  ) -> String {
    let elapsed = HumanText.duration(state.start.duration(to: now))
    let text =
      " \(percentage(state.progress))  \(state.over) of \(HumanText.count(state.total, "step")), \(elapsed)"
    let room = min(40, width - DisplayWidth.of(text))
    guard room >= 8 else { return DisplayText.cut(String(text.dropFirst()), to: width) }
    return bar(state.progress, width: room, style) + text
  }

  static func percentage(_ fraction: Double) -> String {
    "\(Int(min(max(fraction, 0), 1) * 100)) %"
  }

  static func bar(_ fraction: Double, width: Int, _ style: TextStyle) -> String {
    let full = Int(min(max(fraction, 0), 1) * Double(width))
    return style.green(String(repeating: "█", count: full))
      + style.dim(String(repeating: "░", count: width - full))
  }
}
