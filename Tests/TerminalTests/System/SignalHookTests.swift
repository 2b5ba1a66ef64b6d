import Foundation
import Testing

@testable import Terminal

@Suite(.timeLimit(.minutes(5))) struct SignalHookTests {
  @Test func hooksRunUntilTheyAreCancelled() async throws {
    let (signals, heard) = AsyncStream<String>.makeStream()
    let first = SignalHook(.windowChange) { heard.yield("first") }
    let second = SignalHook(.windowChange) { heard.yield("second") }
    kill(getpid(), SIGWINCH)
    var iterator = signals.makeAsyncIterator()
    #expect(await iterator.next() == "first")
    #expect(await iterator.next() == "second")
    first.cancel()
    // Other tests send the signal too, so the first one's silence is all that can be told.
    kill(getpid(), SIGWINCH)
    #expect(await iterator.next() == "second")
    second.cancel()
  }
}
