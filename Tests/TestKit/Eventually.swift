/// Waits until something can be had, for what tells nobody when it changes: processes, files, other programs' answers.
///
/// - Parameters:
///   - what: what is waited for, as the error says it.
///   - look: looks; nil while it is not there.
/// - Throws: ``NeverHappened`` after five minutes, so that a test that waits in vain fails; what `look` throws.
public func eventually<Found>(_ what: String, _ look: () async throws -> Found?) async throws -> Found {
  let end = ContinuousClock.now + .seconds(300)
  while true {
    if let found = try await look() { return found }
    guard ContinuousClock.now < end else { throw NeverHappened(what: what) }
    try await Task.sleep(for: .milliseconds(5))
  }
}

/// Waits until something is so; see ``eventually(_:_:)-(_,()->Found?)``.
public func eventually(_ what: String, _ isSo: () async throws -> Bool) async throws {
  let _: Void = try await eventually(what) { try await isSo() ? () : nil }
}

/// A test has waited in vain.
public struct NeverHappened: Error, CustomStringConvertible {
  private let what: String

  public init(what: String) { self.what = what }

  public var description: String { "never: \(what)" }
}
