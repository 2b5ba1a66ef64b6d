/// Files that rows were brought into for one load, from where DuckDB cannot read them itself: an API, a program.
///
/// They are nobody's but the load's, so they are not remembered; what is new in them their reader has found out.
public struct ExtractedRows: Sendable, Hashable {
  /// The files, absolute; none when there was nothing new, which is no reason to touch the table.
  public var files: [String]
  /// What is in them.
  public var format: LoadSource.FileFormat
  /// Where the rows come from, for people.
  public var place: String
  /// What tells this source from others, whenever it is read: the same for an attempt and its repetition.
  public var identity: String
  /// The id under which these very rows are written, once, however often that is tried; nil for a new one each time.
  public var loadID: String?
  /// Where the reader's cursor has come to, when the loader does not find that out itself.
  public var cursor: Cursor?

  /// A cursor that the reader has followed.
  public struct Cursor: Sendable, Hashable {
    /// Under which it is remembered.
    public var path: String
    /// Where the first load begins.
    public var initialValue: JSONValue
    public var lastValue: JSONValue

    public init(path: String, initialValue: JSONValue, lastValue: JSONValue) {
      self.path = path
      self.initialValue = initialValue
      self.lastValue = lastValue
    }

    /// In the words that dlt remembers it in.
    var memory: JSONObject {
      JSONObject(pairs: [
        "initial_value": initialValue, "last_value": lastValue, "unique_hashes": .array([]),
      ])
    }
  }

  public init(
    _ files: [String], format: LoadSource.FileFormat, place: String, identity: String, loadID: String? = nil,
    cursor: Cursor? = nil
  ) {
    self.files = files
    self.format = format
    self.place = place
    self.identity = identity
    self.loadID = loadID
    self.cursor = cursor
  }

  /// A name for files that belong to what a text tells: the same for the same text, short, without slashes.
  public static func fileName(for text: String) -> String {
    RowID.of(text).replacing("/", with: "_").replacing("+", with: "-")
  }

  /// An id for a load that begins now.
  public static func newLoadID() -> String { LoadPackage.newID() }

  /// The rows without what differs from attempt to attempt.
  var lasting: ExtractedRows {
    ExtractedRows([], format: format, place: place, identity: identity)
  }
}

extension ColumnHints {
  /// What the reader of a source has found out about a column, of which the rows' texts tell less: it counts from the first
  /// value on, as if the rows told it themselves.
  ///
  /// - Parameter json: the hints in dlt's words.
  public init(found name: String, _ json: JSONObject) {
    var json = json
    json[ColumnSchema.foundMark] = .bool(true)
    self.init(name: name, json: json)
  }
}

extension ColumnSchema {
  fileprivate static let foundMark = "x-tarn-found"

  /// Whether a source's reader has found it out; see ``ColumnHints/init(found:_:)``.
  var isFound: Bool { json[Self.foundMark] != nil }

  /// The column as if rows had told it.
  var notFound: ColumnSchema {
    var column = self
    column.json[Self.foundMark] = nil
    return column
  }
}

extension Load {
  /// Whether the pipeline remembers where the load has come to.
  var isRemembered: Bool {
    if case .extracted(let rows) = source, rows.cursor != nil { return true }
    return incremental != nil
  }
}
