internal import Foundation
internal import Jobs

/// What a query gave.
enum QueryOutput: Sendable {
  /// One JSON value, as text.
  case json(String)
  case file(OutputFile)
}

/// A result in a file. Whoever has it removes it.
struct OutputFile: Sendable {
  let format: OutputFormat
  let path: String

  private static let pieceSize = 1 << 20

  /// A file that is not there yet.
  init(format: OutputFormat, folder: String) {
    self.format = format
    path = "\(folder)/result-\(UUID().uuidString).\(format.rawValue)"
  }

  private init(format: OutputFormat, path: String) {
    self.format = format
    self.path = path
  }

  /// The same file in another folder, which is made where it is missing.
  ///
  /// - Throws: `CocoaError`.
  func moved(to folder: String) throws -> OutputFile {
    let name = (path as NSString).lastPathComponent
    guard folder + "/" + name != path else { return self }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try FileManager.default.moveItem(atPath: path, toPath: folder + "/" + name)
    return OutputFile(format: format, path: folder + "/" + name)
  }

  func remove() { try? FileManager.default.removeItem(atPath: path) }

  /// Reads the file from its beginning, piece by piece.
  func pieces() throws -> OutputPieces { try OutputPieces(path, size: Self.pieceSize) }
}

/// The pieces of a file.
actor OutputPieces {
  private let handle: FileHandle
  private let size: Int
  /// How long the file is.
  nonisolated let length: Int

  init(_ path: String, size: Int) throws {
    handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
    length = Int(try handle.seekToEnd())
    try handle.seek(toOffset: 0)
    self.size = size
  }

  func next() throws -> [UInt8]? {
    guard let data = try handle.read(upToCount: size), !data.isEmpty else { return nil }
    return Array(data)
  }
}

/// A result on its way to the server.
enum StoredOutput: Sendable {
  /// One JSON value.
  case text(String)
  case file(OutputFile)

  var format: OutputFormat {
    switch self {
    case .text: .json
    case .file(let file): file.format
    }
  }

  func pieces() throws -> any OutputReading {
    switch self {
    case .text(let text): TextPieces(text)
    case .file(let file): try file.pieces()
    }
  }
}

/// Gives bytes piece by piece.
protocol OutputReading: Actor {
  func next() throws -> [UInt8]?
}

extension OutputPieces: OutputReading {}

private actor TextPieces: OutputReading {
  private var rest: [UInt8]

  init(_ text: String) { rest = Array(text.utf8) }

  func next() -> [UInt8]? {
    guard !rest.isEmpty else { return nil }
    defer { rest = [] }
    return rest
  }
}
