import Foundation
import Jobs
import Store

/// The queue alone: jobs that do nothing are stored, handed to workers and their ends recorded, each on disk.
enum QueueBenchmark {
  private static let jobs = 20_000
  private static let submitters = 256
  private static let workers = 8
  private static let slots = 64

  static func run() async throws -> [String] {
    var rows: [String] = []
    let folder = Bench.folder + "/queue"
    try? FileManager.default.removeItem(atPath: folder)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let sqlite = try await rate(.sqlite(path: folder + "/store.sqlite"))
    rows.append(
      Bench.row("jobs a second through the queue, SQLite store", Bench.text(sqlite, 0), "–", "–", "5000"))
    guard BenchPostgreSQL.isInstalled else { return rows }
    let server = try BenchPostgreSQL()
    defer { server.stop() }
    let postgreSQL = try await rate(.postgresql(url: "postgresql://tarn@127.0.0.1:\(server.port)/postgres"))
    rows.append(
      Bench.row(
        "jobs a second through the queue, PostgreSQL store", Bench.text(postgreSQL, 0), "–", "–", "reported"))
    return rows
  }

  private static func rate(_ location: StoreLocation) async throws -> Double {
    let store = try await Store.open(location, migrations: JobMigrations.all)
    let queue = JobQueue(store: store)
    let clock = ContinuousClock()
    let begin = clock.now
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await queue.run() }
      for worker in 0..<workers { group.addTask { try await work("w\(worker)", queue) } }
      try await withThrowingTaskGroup(of: Void.self) { submitting in
        for submitter in 0..<submitters {
          submitting.addTask {
            for _ in stride(from: submitter, to: jobs, by: submitters) {
              let job = try await queue.submit(
                NewJob(workspace: "main", kind: .preview, language: "none", content: "", createdBy: "ann"))
              guard try await queue.ended(job.id, within: .seconds(120)).state == .success else {
                throw BenchmarkError("a job did not succeed")
              }
            }
          }
        }
        try await submitting.waitForAll()
      }
      group.cancelAll()
    }
    let took = begin.duration(to: clock.now)
    await store.close()
    return Double(jobs) / (Double(took.components.seconds) + Double(took.components.attoseconds) / 1e18)
  }

  private static func work(_ name: String, _ queue: JobQueue) async throws {
    let running = Running()
    try await withThrowingTaskGroup(of: Void.self) { group in
      while !Task.isCancelled {
        let held = await running.errands
        let poll = WorkerPoll(worker: name, tags: ["none"], slots: slots - held.count, running: held)
        guard let answer = try? await queue.poll(poll, within: .seconds(1)) else { break }
        for job in answer.jobs {
          let errand = JobErrand(id: job.id, attempt: job.attempt)
          guard await running.insert(errand) else { continue }
          group.addTask {
            try? await queue.end(errand, of: name, as: JobOutcome(state: .success, result: "null"))
            await running.remove(errand)
          }
        }
      }
      group.cancelAll()
    }
  }

  private actor Running {
    private var all: Set<JobErrand> = []

    var errands: [JobErrand] { Array(all) }

    func insert(_ errand: JobErrand) -> Bool { all.insert(errand).inserted }

    func remove(_ errand: JobErrand) { all.remove(errand) }
  }
}
