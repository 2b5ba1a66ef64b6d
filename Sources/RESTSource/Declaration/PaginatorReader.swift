import SQLText
import Yams

extension RESTPaginator {
  private static let kinds = [
    "auto", "single_page", "json_link", "header_link", "header_cursor", "offset", "page_number", "cursor",
  ]

  /// Reads `paginator:` of a mapping; nil to find the kind out.
  static func read(_ owner: DeclarationReader) throws(RESTSourceError) -> RESTPaginator? {
    guard let node = owner.node("paginator") else { return nil }
    let reader: DeclarationReader
    if case .scalar = node {
      let kind = try owner.requiredText("paginator")
      reader = try DeclarationReader(
        Node.mapping(.init([(Node("type"), Node(kind))], .implicit, .any, node.mark)),
        place: "\(owner.place).paginator", secrets: owner.secrets)
    } else {
      guard let mapping = try owner.reader("paginator") else { return nil }
      reader = mapping
    }
    let kind = try reader.text("type") ?? "auto"
    switch kind {
    case "auto":
      try reader.allowOnly(["type"])
      return nil
    case "single_page":
      try reader.allowOnly(["type"])
      return .singlePage
    case "json_link", "json_response":
      try reader.allowOnly(["type", "next_url_path"])
      return .jsonLink(nextURLPath: try reader.path("next_url_path") ?? JSONPath(names: ["next"]))
    case "header_link":
      try reader.allowOnly(["type", "links_next_key"])
      return .headerLink(relation: try reader.text("links_next_key") ?? "next")
    case "header_cursor":
      try reader.allowOnly(["type", "cursor_key", "cursor_param"])
      return .headerCursor(
        key: try reader.text("cursor_key") ?? "next", parameter: try reader.text("cursor_param") ?? "cursor")
    case "offset": return try offset(reader)
    case "page_number": return try pageNumber(reader)
    case "cursor":
      try reader.allowOnly([
        "type", "cursor_path", "cursor_param", "cursor_body_path", "stop_after_empty_page", "has_more_path",
      ])
      return .cursor(
        RESTCursor(
          path: try reader.path("cursor_path") ?? JSONPath(names: ["cursors", "next"]),
          target: try reader.target("cursor_param", "cursor_body_path", standard: "cursor"),
          stopsAfterEmptyPage: try reader.boolean("stop_after_empty_page") ?? false,
          hasMorePath: try reader.path("has_more_path")))
    default:
      let near = NearestName.suggestion(for: kind, among: kinds)
      throw reader.error(
        "cannot be '\(kind)'",
        hint: near.map { "Did you mean '\($0)'?" } ?? "It is one of \(kinds.joined(separator: ", "))",
        at: "type")
    }
  }

  private static func offset(_ reader: DeclarationReader) throws(RESTSourceError) -> RESTPaginator {
    try reader.allowOnly([
      "type", "limit", "offset", "offset_param", "offset_body_path", "limit_param", "limit_body_path",
      "total_path", "maximum_offset", "stop_after_empty_page", "has_more_path",
    ])
    guard let limit = try reader.integer("limit", 1...1_000_000_000) else {
      throw reader.error("needs `limit:`, the number of rows of a page")
    }
    let range = try range(
      reader, start: try reader.integer("offset", 0...Int.max) ?? 0,
      target: try reader.target("offset_param", "offset_body_path", standard: "offset"),
      maximumKey: "maximum_offset")
    return .offset(
      range, limit: limit, limitTarget: try reader.target("limit_param", "limit_body_path", standard: "limit")
    )
  }

  private static func pageNumber(_ reader: DeclarationReader) throws(RESTSourceError) -> RESTPaginator {
    try reader.allowOnly([
      "type", "base_page", "page", "page_param", "page_body_path", "total_path", "maximum_page",
      "stop_after_empty_page", "has_more_path",
    ])
    let base = try reader.integer("base_page", 0...Int.max) ?? 0
    let range = try range(
      reader, start: try reader.integer("page", 0...Int.max) ?? base,
      target: try reader.target("page_param", "page_body_path", standard: "page"), maximumKey: "maximum_page")
    return .pageNumber(range, basePage: base)
  }

  private static func range(
    _ reader: DeclarationReader, start: Int, target: RESTRequestTarget, maximumKey: String
  ) throws(RESTSourceError) -> RESTRange {
    let range = RESTRange(
      start: start, target: target,
      totalPath: reader.isNull("total_path")
        ? nil : try reader.path("total_path") ?? JSONPath(names: ["total"]),
      requiresTotal: reader.node("total_path") != nil,
      maximum: try reader.integer(maximumKey, 0...Int.max),
      stopsAfterEmptyPage: try reader.boolean("stop_after_empty_page") ?? true,
      hasMorePath: try reader.path("has_more_path"))
    guard
      range.totalPath != nil || range.maximum != nil || range.hasMorePath != nil || range.stopsAfterEmptyPage
    else {
      throw reader.error(
        "would never end",
        hint: "Give it total_path, \(maximumKey), has_more_path or stop_after_empty_page: true")
    }
    return range
  }
}

extension DeclarationReader {
  fileprivate func target(
    _ parameterKey: String, _ bodyKey: String, standard: String
  ) throws(RESTSourceError) -> RESTRequestTarget {
    let parameter = try text(parameterKey)
    guard let body = try text(bodyKey) else { return .parameter(parameter ?? standard) }
    guard parameter == nil else { throw error("and \(parameterKey) exclude each other", at: bodyKey) }
    return .body(body)
  }
}
