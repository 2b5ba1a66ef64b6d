internal import Foundation
internal import JSON
public import Sync

/// A folder whose files are what a workspace holds. One process at a time changes it.
public struct SyncFolder: Sendable {
  /// Absolute path.
  public let path: String

  public init(_ path: String) { self.path = path }

  /// What was found in it.
  public struct Contents: Sendable {
    public var items: [SyncKey: SyncItem] = [:]
    /// Where each item lies.
    public var places: [SyncKey: FileLayout.Place] = [:]
    /// What people are to know of it.
    public var notes: [String] = []
  }

  /// Reads what lies in it: files of `f`, `g` and `u` with our endings that git does not ignore.
  ///
  /// - Parameter state: what is remembered; a pull that was killed may have left a script without one of its files.
  /// - Throws: `SyncError` for a file that cannot be what its name says, and for symbolic links.
  public func contents(_ state: SyncState) async throws -> Contents {
    var files = try self.files()
    if let kept = try await KeptFiles.names(in: path, roots: FileLayout.roots) {
      files = files.filter { kept.contains(Array($0.name.utf8)) }
    }
    for file in files where file.kind == .link {
      throw SyncError("\(file.name) is a symbolic link. Put the file itself there, or have git ignore it")
    }
    return try FolderReader(folder: path, state: state).contents(of: files.map(\.name))
  }

  /// All files and links below the roots.
  private func files() throws(SyncError) -> [(name: String, kind: PlainFiles.Kind)] {
    var found: [(name: String, kind: PlainFiles.Kind)] = []
    var waiting = FileLayout.roots
    while let name = waiting.popLast() {
      switch PlainFiles.kind(path + "/" + name) {
      case .folder:
        for inner in try PlainFiles.names(in: path + "/" + name) where inner != ".git" {
          waiting.append(name + "/" + inner)
        }
      case .file: found.append((name, .file))
      case .link: found.append((name, .link))
      case .other, nil: break
      }
    }
    return found.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }
}

/// Makes items of files.
private struct FolderReader {
  let folder: String
  let state: SyncState

  private struct Script {
    var text: (file: String, language: String?)?
    var settings: String?
  }

  func contents(of files: [String]) throws(SyncError) -> SyncFolder.Contents {
    var contents = SyncFolder.Contents()
    var scripts: [SyncKey: Script] = [:]
    var leftAside: [String: Int] = [:]
    for file in files {
      switch FileLayout.role(of: file) {
      case nil: break
      case .settings(let key):
        try check(key, file)
        let read = try ItemFile.read(try text(file), kind: key.kind, file: file)
        for name in read.leftAside { leftAside[name, default: 0] += 1 }
        contents.items[key] = SyncItem(key, settings: read.settings)
        contents.places[key] = FileLayout.Place(text: nil, settings: file)
      case .scriptSettings(let path): scripts[SyncKey(.script, path), default: Script()].settings = file
      case .text(let path, let language):
        let key = SyncKey(.script, path)
        // A text that nobody calls a script is left alone.
        guard language != nil || files.contains(where: { $0.utf8.elementsEqual("\(path).script.yaml".utf8) })
        else { continue }
        try check(key, file)
        if let other = scripts[key]?.text?.file {
          throw SyncError("\(other) and \(file) are one script, '\(path)'. Take one away")
        }
        scripts[key, default: Script()].text = (file, language)
      }
    }
    for (key, script) in scripts.sorted(by: { $0.key < $1.key }) {
      let found = try item(key, script, &leftAside)
      contents.items[key] = found?.item
      contents.places[key] = found?.place
    }
    for (name, count) in leftAside.sorted(by: { $0.key < $1.key }) {
      contents.notes.append(
        "'\(name)' in \(count) \(count == 1 ? "file" : "files") is left aside: Tarn has no such setting")
    }
    return contents
  }

  private func item(_ key: SyncKey, _ script: Script, _ leftAside: inout [String: Int]) throws(SyncError)
    -> (item: SyncItem, place: FileLayout.Place)?
  {
    let settings = script.settings ?? key.path + ".script.yaml"
    guard let (file, told) = script.text else {
      if state.pulling[key] != nil { return nil }
      throw SyncError("\(settings) has no script beside it. Take it away, too, or put the script back")
    }
    var said = JSONObject()
    var named: String?
    if let file = script.settings {
      let read = try ItemFile.read(try text(file), kind: .script, file: file)
      for name in read.leftAside { leftAside[name, default: 0] += 1 }
      (said, named) = (read.settings, read.language)
    }
    if let told, let language = named, told != language {
      throw SyncError("\(settings) says that \(file) is in '\(language)'; its ending says '\(told)'")
    }
    guard let language = told ?? named else {
      throw SyncError("\(settings) does not say in which language \(file) is: there is no 'language'")
    }
    let item = SyncItem(key, settings: said, text: try text(file), language: language)
    return (item, FileLayout.Place(text: file, settings: settings))
  }

  private func text(_ file: String) throws(SyncError) -> String {
    try PlainFiles.text(folder + "/" + file, name: file)
  }

  private func check(_ key: SyncKey, _ file: String) throws(SyncError) {
    do { try FileLayout.check(key) } catch {
      throw SyncError(
        "\(file) cannot be a \(key.kind.rawValue): paths are f/FOLDER/NAME, u/USER/NAME or g/GROUP/NAME, without spaces"
      )
    }
  }
}
