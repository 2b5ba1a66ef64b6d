internal import Foundation
public import Sync

/// Keeps other processes from changing a folder, remembers what both sides were, and writes what is pulled.
public final class SyncSession: Sendable {
  private let folder: SyncFolder
  private let lock: Int32
  /// The states as they were found, before this session.
  public let states: SyncStates

  private static let privateName = ".tarn"
  private static let stateName = ".tarn/sync.json"

  private var privateFolder: String { folder.path + "/" + Self.privateName }

  /// What a folder remembers, without changing anything.
  ///
  /// - Throws: `SyncError` when its file cannot be read.
  public static func states(of folder: SyncFolder) throws(SyncError) -> SyncStates {
    let file = folder.path + "/" + stateName
    guard PlainFiles.kind(file) != nil else { return SyncStates() }
    return try SyncStates(text: try PlainFiles.text(file, name: stateName), file: stateName)
  }

  /// Makes the folder where it is not there, and waits for nobody.
  ///
  /// - Throws: `SyncError` when another process is at it.
  public init(_ folder: SyncFolder) throws(SyncError) {
    self.folder = folder
    if PlainFiles.kind(folder.path) == nil {
      do {
        try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
      } catch {
        throw SyncError("cannot make \(folder.path): \(error.localizedDescription)")
      }
    }
    let place = folder.path + "/" + Self.privateName
    try PlainFiles.makeFolder(place, name: place)
    guard PlainFiles.kind(place) == .folder else { throw SyncError("\(place) is no folder. Move it away") }
    if PlainFiles.kind(place + "/.gitignore") == nil {
      // What is remembered is this checkout's; a server's keys may lie beside it.
      try PlainFiles.write(
        "*\n", to: place + "/.gitignore", part: place + "/gitignore.part", name: "\(place)/.gitignore")
    }
    lock = open(place + "/sync.lock", O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard lock >= 0 else { throw PlainFiles.failure("cannot open", place + "/sync.lock") }
    guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      close(lock)
      throw SyncError("another tarn pull or push is at work in \(folder.path)")
    }
    states = try Self.states(of: folder)
  }

  deinit { close(lock) }

  /// - Throws: `SyncError`.
  public func save(_ states: SyncStates) throws(SyncError) {
    try PlainFiles.write(
      states.text, to: folder.path + "/" + Self.stateName, part: privateFolder + "/sync.json.part",
      name: Self.stateName)
  }

  /// Whether the folder's file system tells `a` from `A`.
  public func tellsCasesApart() throws(SyncError) -> Bool {
    let probe = privateFolder + "/sync-probe"
    try PlainFiles.write("", to: probe, part: privateFolder + "/sync.part", name: probe)
    defer { unlink(probe) }
    return PlainFiles.kind(privateFolder + "/SYNC-PROBE") == nil
  }

  /// Makes an item's files as a server has the item.
  ///
  /// - Parameters:
  ///   - item: nil to remove them.
  ///   - old: where they lie; nil where there are none.
  ///   - isAgain: whether a pull that was killed may have left one of them.
  /// - Throws: `SyncError`. Files that are nobody's items are left alone.
  public func write(
    _ item: SyncItem?, of key: SyncKey, old: SyncItem?, at place: FileLayout.Place?, isAgain: Bool
  )
    throws(SyncError)
  {
    guard let item else {
      guard let place else { return }
      try remove(place.settings)
      if let text = place.text { try remove(text) }
      return
    }
    let keepsPlace = old?.language == item.language
    let standard = try FileLayout.place(of: item)
    let new = keepsPlace ? place ?? standard : standard
    let settings = try checkedSettings(of: item, file: new.settings)
    for file in [new.text, settings == nil ? nil : new.settings].compactMap({ $0 }) {
      let isOwn = isAgain || file == place?.text || (file == place?.settings)
      guard isOwn || PlainFiles.kind(folder.path + "/" + file) == nil else {
        throw SyncError("\(file) is in the way, and is not what the folder holds. Move it away")
      }
    }
    if let text = place?.text, text != new.text { try remove(text) }
    if let file = new.text, let text = item.text { try write(text, to: file) }
    if let settings { try write(settings, to: new.settings) } else { try remove(new.settings) }
  }

  /// - Throws: `SyncError` when what is written would be read as something else.
  private func checkedSettings(of item: SyncItem, file: String) throws(SyncError) -> String? {
    guard let text = ItemFile.text(of: item) else { return nil }
    let read = try ItemFile.read(text, kind: item.key.kind, file: file)
    let again = SyncItem(item.key, settings: read.settings, text: item.text, language: item.language)
    guard again.fingerprint == item.fingerprint else {
      throw SyncError("\(item.key.text) cannot be written as YAML")
    }
    return text
  }

  private func write(_ text: String, to file: String) throws(SyncError) {
    var made = ""
    for part in file.split(separator: "/").dropLast() {
      made += (made.isEmpty ? "" : "/") + part
      try PlainFiles.makeFolder(folder.path + "/" + made, name: made)
      guard PlainFiles.kind(folder.path + "/" + made) == .folder else {
        throw SyncError(
          "\(made) is no folder of its own, and \(file) would be written elsewhere. Move it away")
      }
    }
    try PlainFiles.write(
      text, to: folder.path + "/" + file, part: privateFolder + "/sync.part", name: file)
  }

  private func remove(_ file: String) throws(SyncError) {
    try PlainFiles.remove(folder.path + "/" + file, name: file)
    // Folders that have become empty go, but for the first.
    var parts = file.split(separator: "/").dropLast()
    while parts.count > 1, rmdir(folder.path + "/" + parts.joined(separator: "/")) == 0 { parts.removeLast() }
  }
}
