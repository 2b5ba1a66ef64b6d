import SQLText

extension Lake {
  /// Reads what the lake consisted of at a snapshot.
  ///
  /// - Throws: ``LakeError`` with code `not_found` when the snapshot is not there any more.
  func catalogState(at snapshot: Int64) async throws -> CatalogState {
    let state = try await LakeStateReader(lake: self, snapshot: snapshot) { try await self.readTrusted($0) }
      .read()
    return CatalogState(state, at: snapshot, catalog: SQLIdentifier.quote(name.catalogAlias))
  }
}

extension CatalogState {
  /// - Parameters:
  ///   - state: the catalog's own rows.
  ///   - catalog: the lake's name in SQL. DuckLake leaves it open in texts, since each user may attach the lake under
  ///     another one.
  init(_ state: LakeState, at snapshot: Int64, catalog: String) {
    func named(_ text: String) -> String { text.replacing(DefinitionState.catalogPlace, with: catalog) }
    self.init(
      snapshot: snapshot, schemas: state.schemas.sorted(), tables: state.tables.map(Table.init),
      views: state.views.map {
        View(id: $0.id, name: Name($0.name), sql: named($0.text), columns: $0.columns, comment: $0.comment)
      },
      macros: state.macros.map {
        Macro(id: $0.id, name: Name($0.name), isTable: $0.kind == "MACRO TABLE", definition: named($0.text))
      })
  }
}

extension CatalogState.Name {
  init(_ name: ObjectName) { self.init(schema: name.schema, name: name.name) }
}

extension CatalogState.Table {
  init(_ table: TableState) {
    let children = Dictionary(grouping: table.columns) { $0.parent }
    self.init(
      id: table.id, name: .init(table.name),
      columns: table.topColumns.map { CatalogState.Column($0, children) },
      partitioning: table.partition.isEmpty ? nil : table.partition.joined(separator: ", "),
      sorting: table.sort.isEmpty ? nil : table.sort.joined(separator: ", "), comment: table.comment)
  }
}

extension CatalogState.Column {
  /// - Parameter children: the fields inside of columns, by their column's number.
  init(_ column: ColumnState, _ children: [Int64?: [ColumnState]]) {
    func type(_ column: ColumnState) -> String {
      CatalogTypeName.duckDB(column.type, fields: (children[column.id] ?? []).map { ($0.name, type($0)) })
    }
    func numbers(_ column: ColumnState) -> [Int64] {
      [column.id] + (children[column.id] ?? []).flatMap(numbers)
    }
    self.init(
      id: column.id, name: column.name, type: type(column), isNullable: column.isNullable,
      defaultSQL: column.defaultValue, comment: column.comment, fieldIDs: numbers(column))
  }
}
