import Foundation
import TestKit
import Testing

/// Links in the documentation lead to files and headings that are there.
@Suite struct DocumentationLinksTests {
  @Test(arguments: DocumentationPage.all)
  func relativeLinksLeadSomewhere(page: DocumentationPage) throws {
    for (line, target) in Self.links(in: page) {
      let parts = target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(
        String.init)
      let folder = (page.path as NSString).deletingLastPathComponent
      let relative = parts[0].isEmpty ? page.path : (folder.isEmpty ? parts[0] : "\(folder)/\(parts[0])")
      let path = URL(fileURLWithPath: "\(Checkout.folder)/\(relative)").standardizedFileURL.path
      #expect(FileManager.default.fileExists(atPath: path), "\(page.path):\(line): there is no \(target)")
      guard parts.count == 2, path.hasSuffix(".md"), path.hasPrefix(Checkout.folder + "/") else { continue }
      let linked = try DocumentationPage(path: String(path.dropFirst(Checkout.folder.count + 1)))
      #expect(
        Self.anchors(of: linked).contains(parts[1]),
        "\(page.path):\(line): no heading #\(parts[1]) in \(linked.path)")
    }
  }

  /// Every page can be reached from the README.
  @Test func everyPageIsLinked() {
    var reached: Set<String> = ["README.md"]
    var pending = ["README.md"]
    let pages = Dictionary(
      DocumentationPage.all.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    while let path = pending.popLast() {
      guard let page = pages[path] else { continue }
      let folder = (path as NSString).deletingLastPathComponent
      for (_, target) in Self.links(in: page) {
        let file = target.split(separator: "#", omittingEmptySubsequences: false).first.map(String.init) ?? ""
        guard !file.isEmpty else { continue }
        let url = URL(fileURLWithPath: "/" + (folder.isEmpty ? file : "\(folder)/\(file)"))
          .standardizedFileURL
        let linked = String(url.path.dropFirst())
        if pages[linked] != nil, reached.insert(linked).inserted { pending.append(linked) }
      }
    }
    #expect(Set(pages.keys).subtracting(reached).sorted() == [])
  }

  /// Targets of links and pictures, those to other hosts left out.
  private static func links(in page: DocumentationPage) -> [(line: Int, target: String)] {
    page.prose.flatMap { line in
      withoutCode(line.text).matches(of: #/\]\(([^)\s]+)\)/#).map { (line.number, String($0.1)) }
    }.filter { !$0.target.contains("://") && !$0.target.hasPrefix("mailto:") }
  }

  private static func withoutCode(_ line: String) -> String {
    line.split(separator: "`", omittingEmptySubsequences: false).enumerated()
      .map { $0.offset % 2 == 0 ? String($0.element) : "" }.joined(separator: "``")
  }

  /// Headings as the ends of links: lower case, blanks as hyphens, no other signs.
  private static func anchors(of page: DocumentationPage) -> Set<String> {
    Set(
      page.prose.filter { $0.text.hasPrefix("#") }.map { line in
        let heading = line.text.drop { $0 == "#" }.trimmingCharacters(in: .whitespaces).lowercased()
        return String(
          heading.filter { $0.isLetter || $0.isNumber || "-_ ".contains($0) }.map { $0 == " " ? "-" : $0 })
      })
  }
}
