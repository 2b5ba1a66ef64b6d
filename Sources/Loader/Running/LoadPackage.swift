import Dispatch
import Foundation
import Lake

/// One delivery: it has an id from the first attempt until it has succeeded, under which it is written once.
///
/// The note of it is locked as long as a process works on it, so that two do not deliver the same at the same time.
struct LoadPackage: Sendable {
  /// Seconds since 1970 as text: dlt's load id.
  let id: String
  /// Whether an attempt before did not come to its end.
  let isResumed: Bool
  /// The note on disk; nil when none is kept.
  private let note: PackageNote?

  /// When the package was made.
  var created: Date { Date(timeIntervalSince1970: Double(id) ?? 0) }

  /// What the caller knows the delivery by; nil when only its id tells it from others.
  private var givenKey: String?

  /// What the lake knows the delivery by.
  var key: String { givenKey ?? "load \(id)" }

  /// What the names of its files have in common, until the lake knows them.
  var mark: String {
    String(RowID.of(key).filter { $0.isLetter || $0.isNumber }.prefix(10)).lowercased()
  }

  /// Whether an attempt failed because another one at the same delivery, at the same moment, took its files for leftovers.
  func hasLostFiles(_ error: any Error) -> Bool {
    guard isResumed, note == nil, let message = (error as? LakeError)?.message else { return false }
    return message.contains(mark) && ["No such file", "No files found"].contains(where: message.contains)
  }

  /// Finds the note of a load that did not come to its end, or makes a new package.
  ///
  /// - Parameter folder: where notes are kept; nil for nowhere.
  /// - Throws: ``LoadError`` with code `source` when another process works on the same load.
  static func open(_ loads: [Load], in folder: String?, lake: String) async throws -> LoadPackage {
    let given = loads.lazy.compactMap(\.extractedID).first
    guard let folder else { return LoadPackage(id: given ?? newID(), isResumed: given != nil, note: nil) }
    let content = "\(lake)\n" + loads.map { "\($0.lasting)" }.joined(separator: "\n")
    let name = RowID.of(content).replacing("/", with: "_").replacing("+", with: "-")
    let target = LoadTarget(
      lake: lake, dataset: loads.first?.dataset ?? "", tables: loads.map(\.table),
      source: loads.flatMap(\.source.shown))
    return try await offPool {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      let note = try PackageNote(locking: folder + "/" + name + ".json", target: target)
      if let id = note.loadID { return LoadPackage(id: id, isResumed: true, note: note) }
      let package = LoadPackage(id: given ?? newID(), isResumed: given != nil, note: note)
      try note.write(loadID: package.id, target: target)
      return package
    }
  }

  /// A delivery that its caller knows by a key: there may have been attempts before.
  static func keyed(_ key: String, _ loads: [Load]) -> LoadPackage {
    var package = LoadPackage(
      id: loads.lazy.compactMap(\.extractedID).first ?? newID(), isResumed: true, note: nil)
    package.givenKey = key
    return package
  }

  /// Forgets the package: it has been written.
  func finish() async throws {
    guard let note else { return }
    try await Self.offPool { try note.remove() }
  }

  static func newID() -> String { String(format: "%.7f", Date.now.timeIntervalSince1970) }

  /// Runs what waits for the disk on a thread that may wait.
  private static func offPool<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws
    -> Result
  {
    try await withCheckedThrowingContinuation { continuation in
      DispatchQueue.global().async { continuation.resume(with: Swift.Result { try body() }) }
    }
  }
}

/// Where a package goes and what it is made of, for those who ask what is pending.
private struct LoadTarget: Sendable {
  let lake: String
  let dataset: String
  let tables: [String]
  let source: [String]
}

/// The note of a package under way: a file that its process has locked.
private final class PackageNote: Sendable {
  private let path: String
  private let descriptor: Int32
  /// The id that stands in it; nil in a new one.
  let loadID: String?

  init(locking path: String, target: LoadTarget) throws {
    self.path = path
    while true {
      let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
      guard descriptor >= 0 else {
        throw LoadError(
          .source, "the note of the load cannot be written: \(path): \(String(cString: strerror(errno)))")
      }
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        close(descriptor)
        throw LoadError(
          .source,
          "another process loads the same into '\(target.tables.joined(separator: "', '"))' at this moment",
          hint: "Wait until it is done, then run the command again if need be.")
      }
      // Whoever had it may have finished and removed it since it was opened.
      guard Self.isStill(descriptor, at: path) else {
        close(descriptor)
        continue
      }
      self.descriptor = descriptor
      break
    }
    let text = FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
    loadID = (try? JSONValue(parsing: text))?.object?["load_id"]?.string
  }

  deinit {
    // A child that was forked a moment ago has the file open, too, and the lock with it until it becomes another program.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }

  private static func isStill(_ descriptor: Int32, at path: String) -> Bool {
    var (opened, named) = (stat(), stat())
    return fstat(descriptor, &opened) == 0 && stat(path, &named) == 0 && opened.st_ino == named.st_ino
  }

  func write(loadID: String, target: LoadTarget) throws {
    let note = JSONValue.object(
      JSONObject(pairs: [
        "load_id": .string(loadID), "lake": .string(target.lake), "dataset": .string(target.dataset),
        "tables": .array(target.tables.map { .string($0) }),
        "source": .array(target.source.map { .string($0) }),
      ]))
    let bytes = Array(note.text.utf8)
    guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, bytes, bytes.count, 0) == bytes.count,
      fsync(descriptor) == 0
    else {
      throw LoadError(
        .source, "the note of the load cannot be written: \(path): \(String(cString: strerror(errno)))")
    }
  }

  func remove() throws { try FileManager.default.removeItem(atPath: path) }
}

extension LoadSource {
  /// What it reads, for people.
  fileprivate var shown: [String] {
    if case .extracted(let rows) = self { [rows.place] } else { paths }
  }
}

extension Load {
  fileprivate var extractedID: String? {
    if case .extracted(let rows) = source { rows.loadID } else { nil }
  }

  /// The load without what differs from attempt to attempt.
  fileprivate var lasting: Load {
    var load = self
    switch source {
    case .files: break
    case .table(var table):
      table.snapshot = nil
      table.query = nil
      load.source = .table(table)
    case .extracted(let rows): load.source = .extracted(rows.lasting)
    }
    return load
  }
}
