import Foundation
import Terminal

/// Small tables on standard output.
enum TablePrinter {
  static func print(_ headers: [TextTable.Column], _ rows: [[String]]) {
    var table = TextTable(headers)
    for row in rows { table.add(row) }
    let terminal = TerminalInfo.of(STDOUT_FILENO)
    let width = terminal.isTerminal ? terminal.width : nil
    for line in table.render(width: width, style: terminal.style) { Swift.print(line) }
  }
}
