/// How far a load has come, for those who watch it.
public enum LoadEvent: Sendable, Hashable {
  /// The source of a table is looked at.
  ///
  /// - Parameters:
  ///   - files: how many paths and patterns it has.
  ///   - bytes: the size of its files, as far as they are known before they are read.
  case looking(table: String, files: Int, bytes: Int)
  /// The rows of a table are read and turned into columns.
  ///
  /// - Parameters:
  ///   - percentage: of the statement that runs, 0 to 100; nil when nobody can tell.
  ///   - rows: those that the statement has read so far.
  case preparing(table: String, percentage: Double?, rows: UInt64)
  /// The rows of a table are ready to be written.
  case prepared(table: String, rows: Int)
  /// All is ready; it is the load's turn to write.
  case writing
}
