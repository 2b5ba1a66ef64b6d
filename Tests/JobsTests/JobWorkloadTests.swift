import Jobs
import Store
import Synchronization
import TestKit
import Testing

/// Many workers, some of which are lost, on many jobs.
@Suite struct JobWorkloadTests {
  /// The attempts that ended each job.
  private final class Ends: Sendable {
    let attempts = Mutex<[JobID: [Int]]>([:])
  }

  @Test(arguments: StoreKind.usable) func everyJobEndsOnce(_ kind: StoreKind) async throws {
    let jobs = 150
    let place = try await StorePlace(kind)
    try await place.withStore(migrations: JobMigrations.all) { store in
      // Two servers on one store.
      let queues = [JobQueue(store: store), JobQueue(store: store)]
      let seed = UInt64.random(in: 0 ... .max)
      let ends = Ends()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for queue in queues { group.addTask { try await queue.run() } }
        for number in 0..<6 {
          group.addTask {
            var random = SeededNumbers(seed: seed &+ UInt64(number))
            var life = 0
            while !Task.isCancelled {
              let worker = "w\(number).\(life)"
              let queue = queues[number % 2]
              let answer = try await queue.poll(
                WorkerPoll(worker: worker, tags: ["duckdb"], slots: .random(in: 1...3, using: &random)),
                within: .seconds(1))
              for job in answer.jobs {
                let errand = JobErrand(id: job.id, attempt: job.attempt)
                switch Int.random(in: 0..<8, using: &random) {
                case 0:
                  // Lost with all that it has.
                  try await queues[0].lose(worker: worker)
                  life += 1
                case 1:
                  // Taken for lost, but alive.
                  try await queues[1].lose(worker: worker)
                  fallthrough
                default:
                  do {
                    try await queue.end(
                      errand, of: worker, as: JobOutcome(state: .success, result: "\(job.attempt)"))
                    ends.attempts.withLock { $0[job.id, default: []].append(job.attempt) }
                  } catch let error as JobError where error.code == .notYours {}
                }
              }
            }
          }
        }
        try await withThrowingTaskGroup(of: Void.self) { clients in
          for number in 0..<jobs {
            clients.addTask {
              var new = JobQueueTests.job()
              new.mostAttempts = 1000
              let id = try await queues[number % 2].submit(new).id
              let job = try await queues[(number + 1) % 2].ended(id, within: .seconds(120))
              #expect(job.state == .success, "seed \(seed)")
              #expect(
                ends.attempts.withLock { $0[id] } == nil || job.result == "\(job.attempt)", "seed \(seed)")
            }
          }
          try await clients.waitForAll()
        }
        group.cancelAll()
      }
      #expect(ends.attempts.withLock { $0.count } == jobs, "seed \(seed)")
      #expect(ends.attempts.withLock { $0.values.allSatisfy { $0.count == 1 } }, "seed \(seed)")
    }
  }
}
