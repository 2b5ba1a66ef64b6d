import DuckDB
import Foundation
import Lake
import Loader
import SQLText

/// What lies in a dataset, without what differs from load to load: ids made at random, and load ids.
struct DatasetRows {
  struct Table: Equatable {
    /// Name, type and nullability, in order.
    var columns: [String]
    /// The cells as text, in no order of the table's.
    var rows: [String]
  }

  private(set) var tables: [String: Table] = [:]

  /// Reads the tables whose names are a root's, or begin with it.
  init(of root: String, in lake: Lake) async throws {
    let columns = try await lake.columns(of: nil).filter {
      $0.schema == "ds" && ($0.table == root || $0.table.hasPrefix(root + "__"))
    }
    // Parents have shorter names than their children.
    let names = Set(columns.map(\.table)).sorted { ($0.count, $0) < ($1.count, $1) }
    var ids: [String: String] = [:]
    for name in names {
      let own = columns.filter { $0.table == name }
      let fields = own.map { SQLIdentifier.quote($0.name) }.joined(separator: ", ")
      let found = try await lake.query("SELECT \(raw: fields) FROM ds.\(identifier: name)").result()
      let numbered = own.firstIndex { $0.name == "n" }
      let id = own.firstIndex { $0.name == "_dlt_id" }
      let parent = own.firstIndex { $0.name == "_dlt_parent_id" }
      let place = own.firstIndex { $0.name == "_dlt_list_idx" }
      for row in found.rows {
        guard let id, let text = row[id].stringValue else { continue }
        if let parent, let place {
          ids[text] = "\(ids[row[parent].stringValue ?? ""] ?? "nobody") \(name) \(row[place])"
        } else if let numbered {
          ids[text, default: "row"] += " \(row[numbered])"
        }
      }
      let rows = found.rows.map { row in
        own.enumerated().map { index, column in
          switch column.name {
          case "_dlt_load_id": "load"
          case "_dlt_id", "_dlt_parent_id", "_dlt_root_id": ids[row[index].stringValue ?? ""] ?? "nobody"
          default: Self.text(row[index], column.type)
          }
        }.joined(separator: " | ")
      }
      tables[name] = Table(
        columns: own.map { "\($0.name) \($0.type)\($0.isNullable ? "" : " NOT NULL")" }, rows: rows.sorted())
    }
  }

  private static func text(_ value: DuckDB.Value, _ type: String) -> String {
    if type == "VARCHAR", let text = value.stringValue, text.hasPrefix("[") || text.hasPrefix("{") {
      // A list or object in a column of texts; of dlt's way with long whole numbers, see below.
      return text.replacing(#/"(-?[0-9]{19,})"/#) { $0.output.1 }
    }
    guard type == "JSON", let text = value.stringValue, let json = try? JSONValue(parsing: text) else {
      // Files of dlt's have one zero for both where they name values by numbers.
      return value == .double(-0.0) ? "0.0" : "\(value)"
    }
    return normal(json).text
  }

  /// Numbers of JSON may be written in several ways.
  private static func normal(_ json: JSONValue) -> JSONValue {
    switch json {
    case .number(let text):
      .number(text.allSatisfy { $0.isNumber || $0 == "-" } ? text : Double(text).map { "\($0)" } ?? text)
    // dlt is given whole numbers of more than 63 bits in another form, and writes them as texts.
    case .string(let text) where text.count > 18 && text.allSatisfy { $0.isNumber || $0 == "-" }:
      .number(text)
    case .array(let elements): .array(elements.map(normal))
    case .object(let object):
      .object(
        JSONObject(object.members.map { .init(key: GeneratedPlaces.common($0.key), value: normal($0.value)) })
      )
    default: json
    }
  }

  /// What two datasets differ in, in words; empty when in nothing.
  func differences(from expected: DatasetRows) -> [String] {
    var found: [String] = []
    for name in Set(tables.keys).union(expected.tables.keys).sorted() {
      guard let table = tables[name], let other = expected.tables[name] else {
        found.append("table \(name) is only \(tables[name] == nil ? "dlt's" : "Tarn's")")
        continue
      }
      if table.columns != other.columns {
        found.append("\(name) has \(table.columns), with dlt \(other.columns)")
      } else if table.rows != other.rows {
        let surplus = table.rows.filter { !other.rows.contains($0) }.prefix(2)
        let missing = other.rows.filter { !table.rows.contains($0) }.prefix(2)
        found.append(
          """
          \(name) \(table.columns) has \(table.rows.count) rows, with dlt \(other.rows.count)
            Tarn: \(surplus.joined(separator: "\n        "))
            dlt:  \(missing.joined(separator: "\n        "))
          """)
      }
    }
    return found
  }
}
