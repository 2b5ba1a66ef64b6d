/// Colours of charts, each for a light and a dark ground.
enum PlotStyle {
  struct Colour: Hashable {
    let light: String
    let dark: String
  }

  /// Different things: after Okabe and Ito, which people with any kind of colour blindness tell apart, with
  /// shades that stand out from the ground.
  private static let things = [
    Colour(light: "#0072b2", dark: "#58a6e0"), Colour(light: "#d55e00", dark: "#f2884b"),
    Colour(light: "#009e73", dark: "#2fc197"), Colour(light: "#b8609a", dark: "#e29ac6"),
    Colour(light: "#b58900", dark: "#e6c149"), Colour(light: "#56b4e9", dark: "#a6dcff"),
    Colour(light: "#5f6670", dark: "#a9b2bd"), Colour(light: "#7b3f00", dark: "#c99b6b"),
  ]

  /// Steps of one thing, from far to near: lightness alone tells them apart.
  private static let steps = [
    Colour(light: "#8fd0c0", dark: "#3f6ea5"), Colour(light: "#41a9c1", dark: "#3596c4"),
    Colour(light: "#1f7fb8", dark: "#52bac4"), Colour(light: "#22559f", dark: "#93d6c0"),
    Colour(light: "#152a6b", dark: "#e3f3c6"),
  ]

  static func colours(_ count: Int, ordered: Bool) -> [Colour] {
    guard ordered, count > 1 else { return (0..<count).map { things[$0 % things.count] } }
    return (0..<count).map { index in
      let place = Double(index) / Double(count - 1) * Double(steps.count - 1)
      let lower = min(Int(place), steps.count - 2)
      return Colour(
        light: mix(steps[lower].light, steps[lower + 1].light, place - Double(lower)),
        dark: mix(steps[lower].dark, steps[lower + 1].dark, place - Double(lower)))
    }
  }

  /// A second round through the colours is told from the first by dashes.
  static func dash(_ index: Int) -> String { index < things.count ? "" : ";stroke-dasharray:5 4" }

  static func sheet(_ colours: [Colour]) -> String {
    let marks = colours.indices.map { index in
      ".f\(index){fill:\(colours[index].light)}"
        + ".l\(index){fill:none;stroke:\(colours[index].light);stroke-width:2;stroke-linejoin:round;stroke-linecap:round"
        + dash(index) + "}"
    }
    let darkMarks = colours.indices.map { index in
      ".f\(index){fill:\(colours[index].dark)}.l\(index){stroke:\(colours[index].dark)}"
    }
    let light = ["text{fill:#3b434c}", ".muted{fill:#656d76}", ".ground{fill:#fff}", ".grid{stroke:#e3e6ea}"]
    let dark = [
      "text{fill:#c9d1d9}", ".muted{fill:#8d96a0}", ".ground{fill:#0d1117}", ".grid{stroke:#262c34}",
    ]
    return (light + [".axis{stroke:#8c959f}"] + marks).joined(separator: "\n")
      + "\n@media (prefers-color-scheme:dark){\n"
      + (dark + [".axis{stroke:#6e7681}"] + darkMarks).joined(separator: "\n") + "\n}"
  }

  private static func mix(_ a: String, _ b: String, _ share: Double) -> String {
    let (a, b) = (channels(a), channels(b))
    return "#"
      + zip(a, b).map { low, high in
        let text = String(Int((low + (high - low) * share).rounded()), radix: 16)
        return text.count < 2 ? "0" + text : text
      }.joined()
  }

  private static func channels(_ colour: String) -> [Double] {
    let digits = Array(colour.dropFirst())
    return stride(from: 0, to: digits.count - 1, by: 2).map {
      Double(Int(String(digits[$0...$0 + 1]), radix: 16) ?? 0)
    }
  }
}
