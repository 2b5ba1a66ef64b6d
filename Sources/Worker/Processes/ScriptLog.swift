internal import Foundation

/// What a script prints, as it grows.
actor ScriptLog {
  private let path: String
  private let pass: @Sendable (String) async -> Void
  private var handle: FileHandle?
  private var rest: [UInt8] = []

  /// A script that prints more is cut here, once.
  private static let largest = 16 << 20
  private var total = 0

  /// - Parameters:
  ///   - path: the file that the script prints to.
  ///   - pass: gets what is new.
  init(path: String, pass: @escaping @Sendable (String) async -> Void) {
    self.path = path
    self.pass = pass
  }

  /// Passes on what is new, again and again, until its task is cancelled.
  func follow(every pause: Duration) async {
    while (try? await Task.sleep(for: pause)) != nil { await passOn() }
  }

  func passOn() async {
    if handle == nil { handle = FileHandle(forReadingAtPath: path) }
    guard let data = try? handle?.read(upToCount: 512 << 10), !data.isEmpty, total < Self.largest else {
      return
    }
    total += data.count
    rest += data
    // A character may have come in part.
    let end = rest.lastIndex { $0 < 0x80 }.map { $0 + 1 } ?? (rest.count > 8 ? rest.count : 0)
    guard end > 0 else { return }
    let text = String(decoding: rest[..<end], as: UTF8.self)
    rest.removeFirst(end)
    let told = total < Self.largest ? text : text + "\n… the rest is not kept\n"
    // What was read is passed on, also when the script was cancelled meanwhile.
    await Task { [pass] in await pass(told) }.value
    await passOn()
  }
}
