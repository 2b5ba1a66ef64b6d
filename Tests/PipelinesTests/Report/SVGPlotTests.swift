import Foundation
import TestKit
import Testing

@testable import Pipelines

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite("Charts in SVG")
struct SVGPlotTests {
  private func number(_ value: Double) -> ReportTable.Cell { .init("\(value)", number: value) }

  private func plot(
    _ kind: ReportChart.Kind, _ rows: [[ReportTable.Cell]], series: Bool = false, title: String = "T"
  ) throws -> SVGPlot {
    let columns = ["x_name", "y_value"] + (series ? ["kind"] : [])
    return try SVGPlot(
      title: title, chart: ReportChart(kind: kind, x: "x_name", y: "y_value", series: series ? "kind" : nil),
      table: ReportTable(columns: columns, rows: rows), line: 1)
  }

  @Test("bars stand on zero, in both directions")
  func bars() throws {
    let svg = try plot(.bar, [[.init("a"), number(50)], [.init("b"), number(-50)]]).svg
    let picture = try Picture(svg)
    let bars = picture.elements.filter { $0.name == "rect" && $0.attributes["class"] == "f0" }
    #expect(bars.compactMap { $0.attributes["height"] } == ["116.7", "116.7"])
    #expect(bars.compactMap { $0.attributes["y"] } == ["67.3", "184"])
    #expect(picture.texts.contains("Y value by x name"))
  }

  @Test("a line goes through its points in the order of x, whatever the order of rows")
  func line() throws {
    let svg = try plot(.line, [[number(2), number(10)], [number(0), number(0)], [number(1), number(5)]]).svg
    let path = try Picture(svg).elements.first { $0.name == "path" }
    #expect(path?.attributes["d"] == "M44.9 324L384.4 184L724 44")
  }

  @Test("a NULL or NaN breaks a line, a missing row does not")
  func gaps() throws {
    let rows: [[ReportTable.Cell]] = (0..<6).flatMap { index in
      let x = number(Double(index))
      let a = [x, index == 2 ? .null : index == 4 ? number(.nan) : number(1), .init("a")]
      return index.isMultiple(of: 2) ? [a, [x, number(2), .init("b")]] : [a]
    }
    let picture = try Picture(plot(.line, rows, series: true).svg)
    let paths = picture.elements.filter { $0.name == "path" }.compactMap { $0.attributes["d"] }
    #expect(paths.map { $0.count(where: { $0 == "M" }) } == [1, 1])
    #expect(paths.map { $0.count(where: { $0 == "L" }) } == [1, 2])
    #expect(picture.elements.count(where: { $0.name == "circle" }) == 7)
  }

  @Test("names that do not fit below upright bars stand beside lying ones")
  func orientation() throws {
    func firstBar(_ names: [String]) throws -> [String: String]? {
      try Picture(plot(.bar, names.map { [.init($0), number(3)] }).svg).elements
        .first { $0.attributes["class"] == "f0" }?.attributes
    }
    #expect(try firstBar(["a", "b"])?["width"] == "64")
    #expect(try firstBar((0..<20).map { "a rather long name \($0)" })?["height"] == "18")
    let years = (0..<80).map { [number(Double(1900 + $0)), number(1)] }
    let upright = try Picture(plot(.bar, years).svg)
    #expect(upright.elements.count(where: { $0.attributes["class"] == "f0" }) == 80)
    #expect(upright.attributes["height"] == "362")
  }

  @Test("what is too much to draw is left out and counted")
  func limits() throws {
    let many = (0..<100).map { [ReportTable.Cell("name \($0)"), number(1)] }
    #expect(try Picture(plot(.bar, many).svg).texts.contains("Not drawn: 40 more of x name"))
    let series = (0..<15).map { [number(1), number(1), ReportTable.Cell("s\($0)")] }
    #expect(try Picture(plot(.line, series, series: true).svg).texts.contains("Not drawn: 3 more of kind"))
    #expect(try Picture(plot(.bar, series, series: true).svg).texts.contains("Not drawn: 7 more of kind"))
  }

  @Test("rows with the same name and series do not hide one another")
  func duplicates() throws {
    let picture = try Picture(plot(.bar, [[.init("a"), number(1)], [.init("a"), number(2)]]).svg)
    #expect(picture.elements.count(where: { $0.attributes["class"] == "f0" }) == 2)
  }

  @Test("the summary says what is to be seen")
  func summary() throws {
    let rows = [("2001-01-01", 1.5), ("2001-03-01", 12_345.5)].map { day, value in
      [ReportTable.Cell(day), number(value), .init("web")]
    }
    #expect(
      try plot(.line, rows, series: true).summary
        == "Line chart, y value by x name; from 2001-01-01 to 2001-03-01; kind: web; between 1.5 and 12,345.5"
    )
    #expect(try plot(.bar, []).summary == "Bar chart, y value by x name: no data")
    #expect(
      try plot(.bar, [[.init("a"), number(2)]]).summary == "Bar chart, y value by x name; all 2.0")
  }

  @Test("title and description are there for screen readers, and any text is escaped")
  func accessible() throws {
    let nasty = "<a & \"b\" 'c'>\u{1}\n]]>"
    let svg = try plot(.bar, [[.init(nasty), number(1), .init(nasty)]], series: true, title: nasty).svg
    let picture = try Picture(svg)
    #expect(picture.attributes["role"] == "img")
    #expect(picture.attributes["aria-labelledby"] == "title desc")
    #expect(picture.texts.first == "<a & \"b\" 'c'>\u{FFFD} ]]>")
    #expect(svg.contains("prefers-color-scheme:dark"))
  }

  @Test(
    "what can hardly be drawn still makes a picture", arguments: ReportChart.Kind.allCases,
    [
      [], [.nan, .infinity], [5], [5, 5, 5], [0, 0], [-3, -2], [1e300, -1e300], [1e308, -1e308],
      [1e-300, 2e-300],
      [1e15, 1e15 + 0.25], [.leastNonzeroMagnitude], [.greatestFiniteMagnitude, 1], [-0.0, 0],
    ] as [[Double]])
  func extremes(kind: ReportChart.Kind, values: [Double]) throws {
    _ = try Picture(plot(kind, values.enumerated().map { [.init("n\($0)"), number($1)] }).svg)
    _ = try Picture(plot(kind, values.map { [number($0), number($0)] }).svg)
  }

  @Test("any table makes a picture that is well formed and finite", arguments: 0..<150 as Range<UInt64>)
  func random(seed: UInt64) throws {
    var random = SeededNumbers(seed: seed)
    let kind = random.pick(ReportChart.Kind.allCases)
    let series = Bool.random(using: &random)
    let scale = Int.random(in: 0..<4, using: &random)
    let rows = (0..<Int.random(in: 0..<80, using: &random)).map { _ in
      let x: ReportTable.Cell =
        switch scale {
        case 0: number(random.value())
        case 1:
          .init("20\(Int.random(in: 10..<30, using: &random))-0\(Int.random(in: 1..<10, using: &random))-11")
        case 2: .init(random.text())
        default: random.pick([.null, .init(random.text()), number(random.value()), .init("2001-01-01")])
        }
      let y: ReportTable.Cell = Int.random(in: 0..<8, using: &random) == 0 ? .null : number(random.value())
      return [x, y] + (series ? [random.pick([.null, .init(random.text()), .init("a"), .init("b")])] : [])
    }
    let plot = try plot(kind, rows, series: series, title: random.text())
    let picture = try Picture(plot.svg)
    #expect(picture.texts.count >= 2)
    #expect(plot.svg == (try self.plot(kind, rows, series: series, title: plot.title).svg))
  }
}

/// An SVG file, parsed: fails on what is not well formed and on coordinates that are no finite numbers.
private struct Picture {
  struct Element {
    let name: String
    let attributes: [String: String]
  }
  struct Malformed: Error, CustomStringConvertible { let description: String }

  let elements: [Element]
  let texts: [String]

  var attributes: [String: String] { elements.first?.attributes ?? [:] }

  init(_ svg: String) throws {
    let reader = Reader()
    let parser = XMLParser(data: Data(svg.utf8))
    parser.delegate = reader
    guard parser.parse() else {
      throw Malformed(description: "line \(parser.lineNumber): \(String(describing: parser.parserError))")
    }
    elements = reader.elements
    texts = reader.texts
    let geometry: Set = ["x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height", "d"]
    for element in elements {
      for (name, value) in element.attributes where geometry.contains(name) {
        let numbers = value.split { "ML ".contains($0) }
        guard numbers.allSatisfy({ Double($0).map { abs($0) < 10_000 } ?? false }) else {
          throw Malformed(description: "<\(element.name) \(name)='\(value.prefix(200))'>")
        }
      }
    }
  }

  private final class Reader: NSObject, XMLParserDelegate {
    var elements: [Element] = []
    var texts: [String] = []
    private var text: String?

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
      attributes: [String: String]
    ) {
      elements.append(Element(name: name, attributes: attributes))
      text = ["text", "title", "desc"].contains(name) ? "" : nil
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) { text? += string }

    func parser(
      _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
    ) {
      if let text { texts.append(text) }
      text = nil
    }
  }
}

extension SeededNumbers {
  fileprivate mutating func pick<Element>(_ choices: [Element]) -> Element {
    choices[Int.random(in: choices.indices, using: &self)]
  }

  fileprivate mutating func value() -> Double {
    switch Int.random(in: 0..<10, using: &self) {
    case 0: Double(bitPattern: next())
    case 1: pick([0, -0.0, .nan, .infinity, -.infinity, 1e300, -1e300, .leastNonzeroMagnitude])
    case 2...4: Double(Int.random(in: -1000...1000, using: &self))
    default: Double.random(in: -1...1, using: &self) * 1000
    }
  }

  mutating func text() -> String {
    let scalars = (0..<Int.random(in: 0..<12, using: &self)).compactMap { _ in
      Unicode.Scalar(UInt32.random(in: 0..<(Bool.random(using: &self) ? 0x80 : 0x1_1000), using: &self))
    }
    return String(String.UnicodeScalarView(scalars))
  }
}
