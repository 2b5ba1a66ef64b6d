import DuckDB
import LakeSettings
import SQLText

/// Who commits what, as it stands with the snapshot.
public struct CommitMessage: Sendable, Hashable {
  /// A person or a program.
  public var author: String
  /// What the commit does, for people.
  public var text: String
  /// What the commit does, for programs: one JSON object; nil for Tarn's mark alone.
  public var extraInfo: String?

  public init(author: String, text: String, extraInfo: String? = nil) {
    self.author = author
    self.text = text
    self.extraInfo = extraInfo
  }

  func call(on lake: LakeName) -> (text: String, parameters: Parameters) {
    // DuckLake takes literals only here.
    let arguments = [author, text].map(SQLLiteral.string).joined(separator: ", ")
    let extra = SQLLiteral.string(extraInfo ?? #"{"tarn":1}"#)
    let catalog = SQLLiteral.string(lake.catalogAlias)
    return ("CALL ducklake_set_commit_message(\(catalog), \(arguments), extra_info => \(extra))", .none)
  }
}
