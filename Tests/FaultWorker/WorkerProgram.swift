import Foundation
import Synchronization
import TestKit

/// A process that uses one lake as its standard input tells it to. Arguments: `tarn` or `plain`, and the lake's address.
/// It ends with its standard input.
@main struct WorkerProgram {
  static func main() async throws {
    guard CommandLine.arguments.count == 3,
      let means = FaultWorker.Means(rawValue: CommandLine.arguments[1])
    else { throw TestFailure("usage: FaultWorker tarn|plain ADDRESS") }
    let address = try JSONDecoder().decode(LakeAddress.self, from: Data(CommandLine.arguments[2].utf8))
    let lake: any WorkedLake =
      switch means {
      case .tarn: TarnLake(address)
      case .plain: PlainLake(address)
      }
    let writers = Writers(lake: lake)
    for await line in lines {
      let request = try JSONDecoder().decode(WorkerRequest.self, from: Data(line.utf8))
      Task {
        do {
          let rows = try await perform(request.command, lake, writers)
          Output.say(.done(id: request.id, rows: rows))
        } catch {
          Output.say(.failed(id: request.id, failure(of: error)))
        }
      }
    }
    exit(0)
  }

  private static func perform(
    _ command: WorkerRequest.Command, _ lake: any WorkedLake, _ writers: Writers
  ) async throws -> [[String?]] {
    switch command {
    case .open: try await lake.open()
    case .write(let plan, let first, let count): await writers.write(plan, from: first, count: count)
    case .stop: writers.stop()
    case .transaction(let statements): try await lake.transaction(statements)
    case .run(let session, let statements): return try await lake.run(statements, session: session)
    case .trusted(let statement): try await lake.trusted(statement)
    case .close: await lake.close()
    }
    return []
  }

  /// Lines of standard input, read on a thread of their own since reading blocks.
  private static var lines: AsyncStream<String> {
    AsyncStream { continuation in
      Thread.detachNewThread {
        while let line = readLine() { continuation.yield(line) }
        continuation.finish()
      }
    }
  }
}

/// Writers, each with its plan.
final class Writers: Sendable {
  private let lake: any WorkedLake
  private let stopping = Mutex(false)

  init(lake: any WorkedLake) { self.lake = lake }

  func write(_ plan: WriterPlan, from first: Int, count: Int?) async {
    var seq = first
    while !stopping.withLock({ $0 }), count.map({ seq < first + $0 }) ?? true {
      do {
        try await lake.transaction(plan.statements(seq))
        Output.say(.outcome(WriterOutcome(writer: plan.writer, seq: seq, failure: nil)))
      } catch {
        Output.say(.outcome(WriterOutcome(writer: plan.writer, seq: seq, failure: failure(of: error))))
      }
      seq += 1
    }
  }

  func stop() { stopping.withLock { $0 = true } }
}

/// Standard output, one whole line at a time, with nothing kept back.
enum Output {
  private static let lock = Mutex(())

  static func say(_ message: WorkerMessage) {
    guard let line = try? JSONEncoder().encode(message) else { return }
    lock.withLock { _ in try? FileHandle.standardOutput.write(contentsOf: line + Data("\n".utf8)) }
  }
}
