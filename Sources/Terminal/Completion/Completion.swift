internal import SQLText

/// Proposes what could stand where the cursor is. Pure: the text and the known names go in, candidates come out.
public enum Completion {
  /// Completes SQL or a dot command.
  ///
  /// - Parameters:
  ///   - before: The text before the cursor, from the beginning of its statement or earlier.
  ///   - after: The text after the cursor: `SELECT | FROM orders` gets the columns of `orders`.
  ///   - names: What exists.
  public static func complete(before: String, after: String = "", names: CatalogNames) -> CompletionResult {
    let start = before.drop(while: \.isWhitespace)
    if start.first == ".", !start.contains(where: \.isNewline) {
      return DotCommand.complete(String(start), names: names)
    }
    let context = CompletionContext(before: before, after: after)
    var candidates: [CompletionResult.Candidate] = []
    if context.qualifiers.isEmpty {
      candidates = unqualified(context, names)
    } else {
      candidates = qualified(context, names)
    }
    let typed = context.isQuoted ? "\"" + context.prefix : context.prefix
    if after.first == "(" {
      for index in candidates.indices where candidates[index].kind == .function {
        candidates[index].text.removeLast()
      }
    }
    return CompletionResult(replacing: typed, candidates: unique(candidates))
  }

  // MARK: - Bare names

  private static func unqualified(_ context: CompletionContext, _ names: CatalogNames) -> [CompletionResult
    .Candidate]
  {
    switch context.expectation {
    case .nothing: return []
    case .statement: return keywords(SQLWords.starts, context)
    case .follower: return keywords(SQLWords.followers, context)
    case .lake: return identifiers(names.lakes, .lake, context) + identifiers(names.schemas, .schema, context)
    case .table:
      let tables = names.tables(qualifiedBy: []).map(\.name) + context.scope.commonTables
      return identifiers(tables, .table, context) + identifiers(names.schemas, .schema, context)
        + identifiers(names.lakes, .lake, context)
    case .column: return columns(context, names)
    case .value:
      let columns = columns(context, names)
      // With nothing typed the hundreds of functions would only hide the columns.
      if context.prefix.isEmpty, !columns.isEmpty { return columns }
      return columns + functions(context, names) + keywords(SQLWords.values, context)
    }
  }

  /// The columns of the statement's tables; of all tables while it names none. Where several tables are joined, their
  /// names too.
  private static func columns(_ context: CompletionContext, _ names: CatalogNames) -> [CompletionResult
    .Candidate]
  {
    let references = context.scope.references
    guard !references.isEmpty else {
      return context.prefix.isEmpty ? [] : identifiers(names.tables.flatMap(\.columns), .column, context)
    }
    let columns = references.flatMap { StatementScope.columns(of: $0, in: names) }
    let tables = references.count > 1 ? references.compactMap { $0.alias ?? $0.name.last } : []
    return identifiers(columns, .column, context) + identifiers(tables, .table, context)
  }

  private static func functions(_ context: CompletionContext, _ names: CatalogNames) -> [CompletionResult
    .Candidate]
  {
    guard !context.isQuoted, !context.prefix.isEmpty else { return [] }
    return names.functions.filter {
      $0.hasPrefixIgnoringCase(context.prefix) && isCallable($0)
    }
    .sorted().map { .init($0 + "(", .function) }
  }

  /// Operators are functions too, such as `+`; keywords such as `coalesce` are called without quotes.
  private static func isCallable(_ name: String) -> Bool {
    name.first?.isNumber == false
      && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
  }

  // MARK: - Names after a dot

  private static func qualified(_ context: CompletionContext, _ names: CatalogNames) -> [CompletionResult
    .Candidate]
  {
    let qualifiers = context.qualifiers
    if context.expectation != .table {
      var columns: [String] = []
      for reference in context.scope.references {
        let isMeant =
          qualifiers.count == 1 && (reference.alias ?? reference.name.last ?? "").isSame(qualifiers[0])
          || zip(reference.name.reversed(), qualifiers.reversed()).allSatisfy { $0.isSame($1) }
            && reference.name.count >= qualifiers.count && reference.alias == nil
        if isMeant { columns += StatementScope.columns(of: reference, in: names) }
      }
      if columns.isEmpty, let table = qualifiers.last {
        columns = names.tables(qualifiedBy: Array(qualifiers.dropLast())).filter { $0.name.isSame(table) }
          .flatMap(\.columns)
      }
      if !columns.isEmpty { return identifiers(columns, .column, context) }
    }
    let tables = names.tables(qualifiedBy: qualifiers).map(\.name)
    let schemas = qualifiers.count == 1 ? names.schemas(ofLake: qualifiers[0]) : []
    let isLake = qualifiers.count == 1 && names.lakes.contains { $0.isSame(qualifiers[0]) }
    return identifiers(tables, .table, context) + (isLake ? identifiers(schemas, .schema, context) : [])
  }

  // MARK: - Candidates

  private static func identifiers(
    _ names: [String], _ kind: CompletionResult.Candidate.Kind, _ context: CompletionContext
  ) -> [CompletionResult.Candidate] {
    names.filter { $0.hasPrefixIgnoringCase(context.prefix) }
      .sorted { ($0.lowercased(), $0) < ($1.lowercased(), $1) }
      .map { .init(context.isQuoted ? SQLIdentifier.quote($0) : SQLIdentifier.quoteIfNeeded($0), kind) }
  }

  /// Keywords in the case in which the person types.
  private static func keywords(_ words: [String], _ context: CompletionContext) -> [CompletionResult
    .Candidate]
  {
    guard !context.isQuoted else { return [] }
    let isLowercase =
      context.prefix.contains(where: \.isLetter) && context.prefix == context.prefix.lowercased()
    return words.filter { $0.hasPrefixIgnoringCase(context.prefix) }
      .map { .init(isLowercase ? $0 : $0.uppercased(), .keyword) }
  }

  private static func unique(_ candidates: [CompletionResult.Candidate]) -> [CompletionResult.Candidate] {
    var seen: Set<String> = []
    return candidates.filter { seen.insert($0.text).inserted }
  }
}
