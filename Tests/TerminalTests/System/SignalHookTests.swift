import Foundation
import Testing

@testable import Terminal

@Suite(.timeLimit(.minutes(5))) struct SignalHookTests {
  @Test func hooksRunUntilTheyAreCancelled() async throws {
    let (signals, heard) = AsyncStream<String>.makeStream()
    let first = SignalHook(.hangup) { heard.yield("first") }
    let second = SignalHook(.hangup) { heard.yield("second") }
    kill(getpid(), SIGHUP)
    var iterator = signals.makeAsyncIterator()
    #expect(await iterator.next() == "first")
    #expect(await iterator.next() == "second")
    first.cancel()
    kill(getpid(), SIGHUP)
    #expect(await iterator.next() == "second")
    second.cancel()
  }
}
