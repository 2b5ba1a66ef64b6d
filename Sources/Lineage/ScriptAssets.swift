public import Scripts

/// What one script reads and writes.
public struct ScriptAssets: Sendable, Hashable {
  /// Tables, views and files that the script reads before it makes them itself, each once, in order.
  public var reads: [AssetUse]

  /// Tables, views, macros and files that the script writes, each once per access, in order.
  public var writes: [AssetWrite]

  /// Functions that the script calls by a name that a macro of a lake may have. Built-in functions are among
  /// them: only those that some script creates as a macro are dependencies.
  public var calls: [AssetUse]

  /// Schemas that the script creates.
  public var schemas: [SchemaUse]

  /// How sure the reads are.
  public var precision: LineagePrecision

  /// What lineage could not follow.
  public var notes: [LineageNote]

  /// Makes assets by hand, as for scripts in other languages.
  /// - Parameters:
  ///   - reads: What the script reads.
  ///   - writes: What the script writes.
  ///   - calls: Functions that may be macros.
  ///   - schemas: Schemas that the script creates.
  ///   - precision: How sure the reads are.
  ///   - notes: What could not be followed.
  public init(
    reads: [AssetUse] = [], writes: [AssetWrite] = [], calls: [AssetUse] = [], schemas: [SchemaUse] = [],
    precision: LineagePrecision = .parsed, notes: [LineageNote] = []
  ) {
    self.reads = reads
    self.writes = writes
    self.calls = calls
    self.schemas = schemas
    self.precision = precision
    self.notes = notes
  }

  /// Files and objects that the script reads.
  public var filesRead: [AssetUse] { reads.filter { $0.asset.isFile } }

  /// Files and objects that the script writes.
  public var filesWritten: [AssetWrite] { writes.filter { $0.asset.isFile } }

  /// How a script uses an asset, as `r`, `w` and `rw` say it in Windmill's API.
  public enum Usage: String, Sendable, Hashable {
    /// It only reads it.
    case read = "r"
    /// It only writes it.
    case write = "w"
    /// It reads it before it writes it.
    case readWrite = "rw"
  }

  /// How the script uses an asset, `nil` where it does not.
  /// - Parameter asset: The asset to look for.
  public func usage(of asset: Asset) -> Usage? {
    switch (reads.contains { $0.asset == asset }, writes.contains { $0.asset == asset }) {
    case (true, true): return .readWrite
    case (true, false): return .read
    case (false, true): return .write
    case (false, false): return nil
    }
  }
}
