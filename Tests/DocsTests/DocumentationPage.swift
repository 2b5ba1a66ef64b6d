import Foundation
import TestKit

/// A Markdown page of the repository, and what stands in its fenced blocks.
struct DocumentationPage: Sendable, CustomStringConvertible {
  /// A fenced block.
  struct Block: Sendable, Hashable {
    /// The words after the fence: `console`, `console norun`, `sql`.
    let info: String
    /// The line of the fence, from 1.
    let line: Int
    let lines: [String]

    var language: String { info.split(separator: " ").first.map(String.init) ?? "" }
    var isRun: Bool { info == "console" }
    var isLeftOut: Bool { info == "console norun" }
  }

  /// Path relative to the repository.
  let path: String
  let text: String
  let blocks: [Block]
  /// The lines outside fenced blocks, with their numbers from 1.
  let prose: [(number: Int, text: String)]

  var description: String { path }

  init(path: String) throws {
    self.path = path
    text = try String(contentsOfFile: Checkout.folder + "/" + path, encoding: .utf8)
    var blocks: [Block] = []
    var prose: [(Int, String)] = []
    var open: (info: String, line: Int, lines: [String])?
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      .enumerated()
    {
      if line.hasPrefix("```") {
        if let block = open {
          blocks.append(Block(info: block.info, line: block.line, lines: block.lines))
          open = nil
        } else {
          open = (line.drop { $0 == "`" }.trimmingCharacters(in: .whitespaces), index + 1, [])
        }
      } else if open != nil {
        open?.lines.append(line)
      } else {
        prose.append((index + 1, line))
      }
    }
    self.blocks = blocks
    self.prose = prose
  }

  /// README.md and its neighbours, and everything in docs/.
  static let all: [DocumentationPage] = {
    let root = ["README.md", "CONTRIBUTING.md", "THIRD_PARTY.md", "CHANGELOG.md"]
    let below = FileManager.default.enumerator(atPath: Checkout.folder + "/docs")?
      .compactMap { $0 as? String }.filter { $0.hasSuffix(".md") }.map { "docs/" + $0 }.sorted()
    return (root + (below ?? [])).compactMap { try? DocumentationPage(path: $0) }
  }()

  /// The pages with commands to run.
  static let withCommands = all.filter { $0.blocks.contains(where: \.isRun) }
}
