import Foundation
import TestKit
import Testing

@testable import HTTPServer

/// What connection and task owe each other, without either.
@Suite struct ExchangeStateTests {
  private func receive(_ state: inout ExchangeState, _ count: Int) -> (
    isTaken: Bool, wakes: ExchangeState.Wakes
  ) {
    [UInt8](repeating: 1, count: count).withUnsafeBytes { state.receive($0) }
  }

  private func read(_ state: inout ExchangeState, _ capacity: Int) -> (
    piece: ExchangeState.Piece, wakes: ExchangeState.Wakes
  ) {
    var buffer = [UInt8](repeating: 0, count: capacity)
    return buffer.withUnsafeMutableBytes { state.read(into: $0) }
  }

  private func write(_ state: inout ExchangeState, _ count: Int) -> (
    mustWait: Bool, wakes: ExchangeState.Wakes
  )? {
    state.write([UInt8](repeating: 1, count: count))
  }

  private func suspend(_ state: inout ExchangeState) -> Bool {
    state.suspend { $0.response != nil }
  }

  @Test func aReaderThatWaitsIsWokenOnce() {
    var state = ExchangeState()
    let (chunk, wakes) = state.requestChunk()
    guard case .wait = chunk else {
      Issue.record("there is nothing to read")
      return
    }
    #expect(wakes == [])
    #expect(state.isBodyWanted)
    #expect(receive(&state, 3).wakes == .reader)
    #expect(receive(&state, 3).wakes == [])
    guard case .bytes(let bytes) = state.requestChunk().chunk else {
      Issue.record("there are bytes")
      return
    }
    #expect(bytes.count == 6)
    _ = state.requestChunk()
    #expect(state.endInput(.finished) == .reader)
    #expect(state.endInput(.failed(.stalled)) == [])
    guard case .end = state.requestChunk().chunk else {
      Issue.record("the first end counts")
      return
    }
  }

  @Test func aFullConnectionSleepsUntilThereIsRoom() {
    var state = ExchangeState()
    #expect(receive(&state, ExchangeState.inputRoom).isTaken)
    #expect(!receive(&state, 1).isTaken)
    #expect(state.requestChunk().wakes == .loop)
    #expect(receive(&state, 1).isTaken)
    #expect(state.requestChunk().wakes == [])
  }

  @Test func afterTheAnswerBytesAreThrownAway() {
    var state = ExchangeState()
    #expect(receive(&state, ExchangeState.inputRoom).isTaken)
    #expect(!receive(&state, 1).isTaken)
    #expect(state.respond(HTTPResponse()) == .loop)
    #expect(receive(&state, ExchangeState.inputRoom).isTaken)
    #expect(state.input.isEmpty)
    #expect(!suspend(&state))
  }

  @Test func writersWaitForHalfOfTheRoom() throws {
    var state = ExchangeState()
    #expect(read(&state, 10).piece == .wait)
    let first = try #require(write(&state, ExchangeState.outputRoom))
    #expect(first.mustWait)
    #expect(first.wakes == .loop)
    #expect(read(&state, ExchangeState.outputRoom / 2 - 1).wakes == [])
    #expect(read(&state, 1).wakes == .writers)
    #expect(state.finishWriting(failed: false) == [])
    #expect(read(&state, 1 << 20).piece == .bytes(ExchangeState.outputRoom / 2))
    #expect(read(&state, 1).piece == .end)
    #expect(write(&state, 1) == nil)
  }

  @Test func whoeverWaitsLearnsThatNobodyIsThere() throws {
    var state = ExchangeState()
    _ = state.requestChunk()
    _ = try #require(write(&state, ExchangeState.outputRoom))
    #expect(suspend(&state))
    #expect(state.leave() == [.reader, .writers, .loop])
    #expect(state.leave() == [])
    guard case .failure(.disconnected) = state.requestChunk().chunk else {
      Issue.record("the body must fail")
      return
    }
    #expect(write(&state, 1) == nil)
  }

  /// Any order of events: what is written comes out once and in order, what came in too, and nobody waits for ever.
  @Test(arguments: 0..<20) func nothingIsLostInAnyOrder(seed: UInt64) async throws {
    try await onThread { anyOrder(seed: seed) }
  }

  private func anyOrder(seed: UInt64) {
    var random = SeededNumbers(seed: seed)
    var state = ExchangeState()
    var (sent, came, written, taken) = ([UInt8](), [UInt8](), [UInt8](), [UInt8]())
    var isReaderAsleep = false
    var isLoopAsleep = false
    func note(_ wakes: ExchangeState.Wakes) {
      if wakes.contains(.reader) { isReaderAsleep = false }
      if wakes.contains(.loop) { isLoopAsleep = false }
    }
    for step in 0..<200 {
      let bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: step), count: random.number(1...50_000))
      switch random.number(0...3) {
      case 0 where !isLoopAsleep:
        let (isTaken, wakes) = bytes.withUnsafeBytes { state.receive($0) }
        if isTaken { sent += bytes } else { isLoopAsleep = true }
        note(wakes)
      case 1 where !isReaderAsleep:
        let (chunk, wakes) = state.requestChunk()
        if case .bytes(let bytes) = chunk { came += bytes } else { isReaderAsleep = true }
        note(wakes)
      case 2:
        guard let (_, wakes) = state.write(bytes) else { break }
        written += bytes
        note(wakes)
      case 3 where !isLoopAsleep:
        var buffer = [UInt8](repeating: 0, count: random.number(1...120_000))
        let (piece, wakes) = buffer.withUnsafeMutableBytes { state.read(into: $0) }
        switch piece {
        case .bytes(let count): taken += buffer[..<count]
        default: isLoopAsleep = true
        }
        note(wakes)
      default:
        // Asleep: somebody else has to act.
        #expect(!(isReaderAsleep && !state.input.isEmpty))
      }
    }
    #expect(Data(sent.prefix(came.count)) == Data(came) && Data(written.prefix(taken.count)) == Data(taken))
    if case .bytes(let rest) = state.requestChunk().chunk { came += rest }
    #expect(Data(sent) == Data(came))
    var buffer = [UInt8](repeating: 0, count: written.count + 1)
    if case .bytes(let count) = buffer.withUnsafeMutableBytes({ state.read(into: $0).piece }) {
      taken += buffer[..<count]
    }
    #expect(Data(written) == Data(taken))
  }
}
