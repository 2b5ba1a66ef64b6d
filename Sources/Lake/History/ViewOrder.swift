import SQLText

/// The order in which views can be made: DuckDB looks at what a view names when it is made.
enum ViewOrder {
  /// Views behind those that they name. Views that name one another in a circle keep their order.
  static func sorted(_ views: [CatalogState.View]) -> [CatalogState.View] {
    let names = views.map { $0.name.name.lowercased() }
    let words = views.map { view in
      Set((try? SQLTokenizer.tokenize(view.sql))?.map { $0.value.lowercased() } ?? [])
    }
    var result: [Int] = []
    var isPlaced = Set<Int>()
    var isOpen = Set<Int>()
    func place(_ index: Int) {
      guard !isPlaced.contains(index), isOpen.insert(index).inserted else { return }
      for other in views.indices where other != index && words[index].contains(names[other]) { place(other) }
      isPlaced.insert(index)
      result.append(index)
    }
    views.indices.forEach(place)
    return result.map { views[$0] }
  }
}
