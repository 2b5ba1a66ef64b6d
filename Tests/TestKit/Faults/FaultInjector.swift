import Foundation
import Synchronization

/// Faults for one process under test: system calls that fail or are its last, their order, and a clock that jumps.
///
/// The process loads a small library (`faults.c`, compiled when it is first asked for) before the system's own. Tests
/// steer it while the process runs.
public final class FaultInjector: Sendable {
  /// Kinds of system calls.
  public enum Call: String, Sendable, CaseIterable {
    case open, write, sync, truncate, unlink, rename, link, send
  }

  /// What happens at a call.
  public enum Action: Sendable {
    /// It fails with a number of `errno`, such as `EIO`.
    case fail(Int32)
    /// The process ends there, as `kill -9` ends it.
    case kill
  }

  /// A call that was made.
  public struct TracedCall: Sendable {
    public let call: Call
    /// The number of the file in its file system; 0 when there was none.
    public let inode: UInt64
    public let path: String
    /// The text of a query that was sent to PostgreSQL; `syncfs` for a sync of a whole file system.
    public let note: String
  }

  private let control: String
  private let library: String

  /// - Parameter folder: holds what the process and the test share.
  public init(in folder: TemporaryFolder) async throws {
    library = try await FaultLibrary.path()
    control = folder["faults-\(UUID().uuidString.prefix(8))"]
    try Data(count: Self.size).write(to: URL(fileURLWithPath: control))
    // A process that runs as somebody else maps it, too.
    chmod(control, 0o666)
  }

  /// What the process under test needs in its environment.
  public var environment: [String: String] { ["LD_PRELOAD": library, "TARN_FAULTS_CONTROL": control] }

  // MARK: Faults

  /// From now on, calls fail.
  ///
  /// - Parameters:
  ///   - calls: which kinds of calls.
  ///   - paths: parts of the paths of their files; empty for all.
  ///   - action: what happens.
  ///   - count: how many calls that fit are let through first.
  ///   - times: how many fail then; nil for all.
  public func arm(
    _ calls: [Call], on paths: [String] = [], _ action: Action, after count: Int = 0, times: Int? = nil
  ) throws {
    try disarm()
    var number: Int64 = -1
    if case .fail(let error) = action { number = Int64(error) }
    try write(text: calls.map(\.rawValue).joined(separator: ","), at: Self.callsPlace, size: 256)
    try write(text: paths.joined(separator: "\n"), at: Self.pathsPlace, size: 3584)
    for (index, value) in [number, Int64(count), Int64(times ?? -1), 0, 0].enumerated() {
      try write(value, at: 2 + index)
    }
    try write(1, at: 1)
  }

  /// Lets all calls through again.
  public func disarm() throws { try write(0, at: 1) }

  /// How many calls fitted since ``arm(_:on:_:after:times:)``.
  public var matched: Int { get throws { try Int(read(5)) } }

  /// How many of them failed.
  public var fired: Int { get throws { try Int(read(6)) } }

  // MARK: Clock

  /// Moves the process's wall clock away from the true time; may be called while it runs.
  public func moveClock(by offset: Duration) throws {
    let (seconds, attoseconds) = offset.components
    try write(seconds * 1_000_000 + attoseconds / 1_000_000_000_000, at: 0)
  }

  // MARK: Order

  /// Starts or stops writing calls down.
  public func trace(_ isOn: Bool) throws { try write(isOn ? 1 : 0, at: 7) }

  /// The calls that were written down, in order.
  public func traced() throws -> [TracedCall] {
    let text = try String(contentsOfFile: control + ".trace", encoding: .utf8)
    return text.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      guard fields.count == 4, let call = Call(rawValue: fields[0]), let inode = UInt64(fields[1]) else {
        return nil
      }
      return TracedCall(call: call, inode: inode, path: fields[2], note: fields[3])
    }
  }

  // MARK: The shared page, laid out as in faults.c

  private static let callsPlace = 256
  private static let pathsPlace = 512
  private static let size = 4096

  private func write(_ value: Int64, at index: Int) throws {
    try write(withUnsafeBytes(of: value) { Data($0) }, at: index * 8)
  }

  private func write(text: String, at place: Int, size: Int) throws {
    var bytes = Data(text.utf8)
    guard bytes.count < size else { throw TestFailure("too many calls or paths: \(text)") }
    bytes.append(Data(count: size - bytes.count))
    try write(bytes, at: place)
  }

  private func write(_ bytes: Data, at place: Int) throws {
    let file = try FileHandle(forUpdating: URL(fileURLWithPath: control))
    defer { try? file.close() }
    try file.seek(toOffset: UInt64(place))
    try file.write(contentsOf: bytes)
  }

  private func read(_ index: Int) throws -> Int64 {
    let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: control))
    defer { try? file.close() }
    try file.seek(toOffset: UInt64(index * 8))
    guard let bytes = try file.read(upToCount: 8), bytes.count == 8 else {
      throw TestFailure("no \(control)")
    }
    return bytes.withUnsafeBytes { $0.loadUnaligned(as: Int64.self) }
  }
}

/// The library that is preloaded, compiled once in each test process.
enum FaultLibrary {
  private static let compiling = Task { try await compile() }
  private static let folder = Mutex<TemporaryFolder?>(nil)

  static func path() async throws -> String { try await compiling.value }

  private static func compile() async throws -> String {
    let made = try TemporaryFolder("faults")
    folder.withLock { $0 = made }
    let source = Checkout.folder + "/Tests/TestKit/Faults/faults.c"
    let outcome = try await TarnProcess(in: made.path, executable: "/usr/bin/cc")
      .run(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", made["faults.so"], source, "-ldl"])
    guard outcome.status == 0 else { throw TestFailure("cc does not compile faults.c: \(outcome)") }
    return made["faults.so"]
  }
}
