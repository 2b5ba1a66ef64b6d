/// Writes SVG elements: numbers cut to a tenth of a pixel, text escaped.
struct SVGCanvas {
  enum Anchor: String { case start, middle, end }

  struct Point {
    let x: Double
    let y: Double
  }

  private(set) var elements: [String] = []

  mutating func line(from start: Point, to end: Point, style: String) {
    add("line", style, "x1='\(px(start.x))' y1='\(px(start.y))' x2='\(px(end.x))' y2='\(px(end.y))'")
  }

  /// A rectangle between two corners, in any order.
  mutating func rectangle(_ a: Point, _ b: Point, style: String, tooltip: String? = nil) {
    let place = "x='\(px(min(a.x, b.x)))' y='\(px(min(a.y, b.y)))'"
    add(
      "rect", style, place + " width='\(px(abs(b.x - a.x)))' height='\(px(abs(b.y - a.y)))'", tooltip: tooltip
    )
  }

  mutating func circle(_ center: Point, radius: Double, style: String, tooltip: String? = nil) {
    add("circle", style, "cx='\(px(center.x))' cy='\(px(center.y))' r='\(px(radius))'", tooltip: tooltip)
  }

  /// Lines through the points of each part, with nothing drawn between the parts.
  mutating func polyline(_ parts: [[Point]], style: String) {
    let path = parts.filter { $0.count > 1 }.map { part in
      "M" + part.map { "\(px($0.x)) \(px($0.y))" }.joined(separator: "L")
    }
    if !path.isEmpty { add("path", style, "d='\(path.joined())'") }
  }

  mutating func text(_ text: String, at point: Point, anchor: Anchor = .start, style: String? = nil) {
    let anchor = anchor == .start ? "" : " text-anchor='\(anchor.rawValue)'"
    let style = style.map { " class='\($0)'" } ?? ""
    elements.append(
      "<text\(style) x='\(px(point.x))' y='\(px(point.y))'\(anchor)>\(XMLText.escaped(text))</text>")
  }

  private mutating func add(_ name: String, _ style: String, _ attributes: String, tooltip: String? = nil) {
    let start = "<\(name) class='\(style)' \(attributes)"
    elements.append(
      tooltip.map { start + "><title>\(XMLText.escaped($0))</title></\(name)>" } ?? start + "/>")
  }

  private func px(_ value: Double) -> String {
    let tenths = (value * 10).rounded()
    guard tenths.isFinite, abs(tenths) < 1e9 else { return "0" }
    let whole = Int(tenths)
    let sign = whole < 0 ? "-" : ""
    let (units, rest) = abs(whole).quotientAndRemainder(dividingBy: 10)
    return sign + "\(units)" + (rest == 0 ? "" : ".\(rest)")
  }
}
