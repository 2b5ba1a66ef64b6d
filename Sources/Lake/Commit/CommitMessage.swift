/// Who commits what, as it stands with the snapshot.
public struct CommitMessage: Sendable, Hashable {
  /// A person or a program.
  public var author: String
  /// What the commit does, for people.
  public var text: String
  /// What the commit does, for programs: one JSON object, to which Tarn adds the commit's name and keys.
  public var extraInfo: String?

  public init(author: String, text: String, extraInfo: String? = nil) {
    self.author = author
    self.text = text
    self.extraInfo = extraInfo
  }
}
