@preconcurrency import Dispatch
import Foundation
import Synchronization

/// Ctrl-C and termination: the first asks the work to stop, the second ends the process.
final class Interruptions: Sendable {
  private let sources: [any DispatchSourceSignal]

  init(_ stop: @escaping @Sendable () -> Void) {
    let count = Mutex(0)
    let queue = DispatchQueue(label: "tarn.signals")
    sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler {
        let times = count.withLock { count in
          count += 1
          return count
        }
        if times > 1 { _exit(ExitStatus.interrupted.rawValue) }
        stop()
      }
      source.resume()
      return source
    }
    signal(SIGPIPE, SIG_IGN)
  }

  func stop() { for source in sources { source.cancel() } }
}
