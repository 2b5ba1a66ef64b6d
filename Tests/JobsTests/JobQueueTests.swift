import SQLText
import Store
import TestKit
import Testing

@testable import Jobs

/// What the queue does, on each database.
@Suite struct JobQueueTests {
  private static let aWhile = Duration.seconds(60)

  @Test(arguments: StoreKind.usable) func aWorkerThatWaitsIsHandedTheJob(_ kind: StoreKind) async throws {
    try await withQueue(kind) { queue, _ in
      async let answer = queue.poll(.init(worker: "w", tags: ["duckdb"], slots: 1), within: Self.aWhile)
      let job = try await queue.submit(Self.job(arguments: #"{"a":1}"#))
      let jobs = try await answer.jobs
      #expect(jobs.map(\.id) == [job.id])
      #expect(jobs.first?.state == .running)
      #expect(jobs.first?.attempt == 1)
      #expect(jobs.first?.arguments == #"{"a":1}"#)
      async let ended = queue.ended(job.id, within: Self.aWhile)
      try await queue.end(
        JobErrand(id: job.id, attempt: 1), of: "w", as: JobOutcome(state: .success, result: "[1]"))
      #expect(try await ended.state == .success)
      #expect(try await ended.result == "[1]")
      #expect(try await ended.endedAt != nil)
    }
  }

  @Test(arguments: StoreKind.usable) func jobsAreTakenInTheirOrder(_ kind: StoreKind) async throws {
    try await withQueue(kind) { queue, _ in
      var jobs: [String: JobID] = [:]
      for (name, priority) in [("a", 0), ("b", 0), ("urgent", 5), ("c", 0)] {
        var new = Self.job()
        new.priority = priority
        jobs[name] = try await queue.submit(new).id
      }
      var other = Self.job()
      other.tag = "python3"
      try await queue.submit(other)
      var later = Self.job()
      later.scheduledFor = .now + .seconds(3600)
      try await queue.submit(later)

      let poll = WorkerPoll(worker: "w", tags: ["duckdb", "bash"], slots: 2)
      let first = try await queue.poll(poll, within: .zero)
      #expect(first.jobs.map(\.id) == [jobs["urgent"], jobs["a"]])
      let running = first.jobs.map { JobErrand(id: $0.id, attempt: $0.attempt) }
      let second = try await queue.poll(
        .init(worker: "w", tags: ["duckdb", "bash"], slots: 5, running: running), within: .zero)
      #expect(second.jobs.map(\.id) == [jobs["b"], jobs["c"]])
    }
  }

  @Test(arguments: StoreKind.usable) func whatIsDueIsTaken(_ kind: StoreKind) async throws {
    try await withQueue(kind) { queue, _ in
      var new = Self.job()
      new.scheduledFor = .now + .milliseconds(300)
      let job = try await queue.submit(new)
      let answer = try await queue.poll(.init(worker: "w", tags: ["duckdb"], slots: 1), within: Self.aWhile)
      #expect(answer.jobs.map(\.id) == [job.id])
      #expect((answer.jobs.first?.startedAt ?? .now) >= job.scheduledFor)
    }
  }

  @Test(arguments: StoreKind.usable) func anAnswerThatWasLostIsGivenAgain(_ kind: StoreKind) async throws {
    try await withQueue(kind) { queue, _ in
      let job = try await queue.submit(Self.job())
      let poll = WorkerPoll(worker: "w", tags: ["duckdb"], slots: 1)
      for _ in 0..<2 {
        let answer = try await queue.poll(poll, within: .zero)
        #expect(answer.jobs.map(\.id) == [job.id])
        #expect(answer.jobs.map(\.attempt) == [1])
      }
      let other = try await queue.poll(.init(worker: "x", tags: ["duckdb"], slots: 1), within: .zero)
      #expect(other.jobs.isEmpty)
    }
  }

  @Test(arguments: StoreKind.usable) func aLostWorkersJobsAreTakenOver(_ kind: StoreKind) async throws {
    try await withQueue(kind) { queue, _ in
      var new = Self.job()
      new.mostAttempts = 2
      let job = try await queue.submit(new)
      _ = try await queue.poll(.init(worker: "w1", tags: ["duckdb"], slots: 1), within: .zero)
      async let second = queue.poll(.init(worker: "w2", tags: ["duckdb"], slots: 1), within: Self.aWhile)
      try await queue.lose(worker: "w1")
      #expect(try await second.jobs.map(\.attempt) == [2])

      // The first is not lost after all, and comes too late.
      let late = await #expect(throws: JobError.self) {
        try await queue.end(
          JobErrand(id: job.id, attempt: 1), of: "w1", as: JobOutcome(state: .success, result: "1"))
      }
      #expect(late?.code == .notYours)
      let told = try await queue.poll(
        .init(worker: "w1", tags: ["duckdb"], slots: 0, running: [JobErrand(id: job.id, attempt: 1)]),
        within: .zero)
      #expect(told.lost == [JobErrand(id: job.id, attempt: 1)])

      try await queue.lose(worker: "w2")
      let ended = try await queue.ended(job.id, within: Self.aWhile)
      #expect(ended.state == .failure)
      #expect(ended.result?.contains("WorkerLost") == true)
    }
  }

  @Test(arguments: StoreKind.usable) func aSilentWorkerLosesItsJobs(_ kind: StoreKind) async throws {
    try await withQueue(kind) { queue, store in
      let job = try await queue.submit(Self.job())
      _ = try await queue.poll(.init(worker: "w1", tags: ["duckdb"], slots: 1), within: .zero)
      try await store.write { _ = try $0.execute("UPDATE job SET lease_until = 1") }
      let answer = try await queue.poll(.init(worker: "w2", tags: ["duckdb"], slots: 1), within: Self.aWhile)
      #expect(answer.jobs.map(\.id) == [job.id])
      #expect(answer.jobs.map(\.attempt) == [2])
    }
  }

  @Test(arguments: StoreKind.usable) func aPollRenewsTheLease(_ kind: StoreKind) async throws {
    try await withQueue(kind) { queue, store in
      let job = try await queue.submit(Self.job())
      _ = try await queue.poll(.init(worker: "w1", tags: ["duckdb"], slots: 1), within: .zero)
      // It would run out in a moment.
      let soon = (Moment.now + .seconds(1)).microseconds
      try await store.write { _ = try $0.execute("UPDATE job SET lease_until = \(soon)") }
      _ = try await queue.poll(
        .init(worker: "w1", tags: [], slots: 0, running: [JobErrand(id: job.id, attempt: 1)]), within: .zero)
      let until = try await store.read {
        try $0.query("SELECT lease_until FROM job")[0].integer("lease_until")
      }
      #expect(until > soon + 5_000_000)
    }
  }

  @Test(arguments: StoreKind.usable) func jobsAreCancelled(_ kind: StoreKind) async throws {
    try await withQueue(kind) { queue, _ in
      let waiting = try await queue.submit(Self.job())
      async let ended = queue.ended(waiting.id, within: Self.aWhile)
      try await queue.cancel(waiting.id, by: "ann", reason: "no longer needed")
      #expect(try await ended.state == .cancelled)
      #expect(try await ended.result?.contains("cancelled by ann: no longer needed") == true)

      let running = try await queue.submit(Self.job())
      _ = try await queue.poll(.init(worker: "w", tags: ["duckdb"], slots: 1), within: .zero)
      let errand = JobErrand(id: running.id, attempt: 1)
      async let told = queue.poll(
        .init(worker: "w", tags: [], slots: 0, running: [errand]), within: Self.aWhile)
      let asked = try await queue.cancel(running.id, by: "ann")
      #expect(asked.state == .running)
      #expect(try await told.cancelled == [errand])
      try await queue.end(errand, of: "w", as: .failure(name: "Cancelled", message: "x", state: .cancelled))
      #expect(try await queue.job(running.id).state == .cancelled)

      let unknown = await #expect(throws: JobError.self) { try await queue.cancel(JobID(), by: "ann") }
      #expect(unknown?.code == .notFound)
    }
  }

  @Test(arguments: StoreKind.usable) func aJobThatNoWorkerTakesIsGivenUp(_ kind: StoreKind) async throws {
    try await withQueue(kind) { queue, _ in
      let lonely = try await queue.submit(Self.job())
      let none = await #expect(throws: JobError.self) {
        try await queue.outcome(of: lonely.id, within: Self.aWhile, patience: .milliseconds(20))
      }
      #expect(none?.code == .noWorker)
      #expect(none?.message == "no worker is connected that could run it")
      #expect(try await queue.job(lonely.id).state == .cancelled)

      _ = try await queue.poll(.init(worker: "w", tags: ["bash", "python3"], slots: 0), within: .zero)
      #expect(try await queue.workers().map(\.name) == ["w"])
      let job = try await queue.submit(Self.job())
      let other = await #expect(throws: JobError.self) {
        try await queue.outcome(of: job.id, within: Self.aWhile, patience: .milliseconds(20))
      }
      #expect(
        other?.message
          == "no worker takes jobs tagged 'duckdb'; those that are connected take bash, python3")
      #expect(try await queue.job(job.id).state == .cancelled)
      // A worker that has no room now is waited for, and so is the time for which a job was meant.
      _ = try await queue.poll(.init(worker: "v", tags: ["duckdb"], slots: 0), within: .zero)
      let patient = try await queue.submit(Self.job())
      #expect(
        try await queue.outcome(of: patient.id, within: .milliseconds(200), patience: .milliseconds(10)).state
          == .queued)
      // One that is taken at the last moment goes on.
      _ = try await queue.poll(.init(worker: "v", tags: ["duckdb"], slots: 1), within: .zero)
      #expect(
        try await queue.store.write {
          try JobRows.cancelQueued(patient.id, by: "ann", reason: nil, at: .now, in: $0)
        } == false)
      #expect(try await queue.job(patient.id).state == .running)
      #expect(try await queue.job(patient.id).cancelledBy == nil)
      try await queue.lose(worker: "v")
      #expect(try await queue.workers().map(\.name) == ["w"])
      var new = Self.job()
      new.scheduledFor = .now + .seconds(3600)
      let later = try await queue.submit(new)
      #expect(
        try await queue.outcome(of: later.id, within: .milliseconds(200), patience: .milliseconds(10)).state
          == .queued)
    }
  }

  @Test(arguments: StoreKind.usable) func aJobThatNoWorkerTakesSaysSoInItsLog(_ kind: StoreKind) async throws
  {
    try await withQueue(kind) { queue, _ in
      _ = try await queue.poll(.init(worker: "w", tags: ["bash"], slots: 0), within: .zero)
      let lonely = try await queue.submit(Self.job())
      var new = Self.job()
      new.tag = "bash"
      let taken = try await queue.submit(new)
      try await queue.tellJobsThatNobodyTakes()
      #expect(try await queue.log(of: lonely.id).text == "")
      for _ in 0..<2 { try await queue.tellJobsThatNobodyTakes(at: .now + .seconds(25)) }
      #expect(
        try await queue.log(of: lonely.id).text
          == "Waiting: no worker takes jobs tagged 'duckdb'; those that are connected take bash.\n")
      #expect(try await queue.log(of: taken.id).text == "")
    }
  }

  @Test(arguments: StoreKind.usable) func aWorkerThatAsksAnewIsNotAnsweredBefore(_ kind: StoreKind)
    async throws
  {
    try await withQueue(kind) { queue, _ in
      async let old = queue.poll(.init(worker: "w", tags: ["duckdb"], slots: 1), within: Self.aWhile)
      try await eventually("it waits") { await queue.pollsUnderWay == 1 }
      _ = try await queue.poll(.init(worker: "w", tags: [], slots: 0), within: .zero)
      #expect(try await old.jobs.isEmpty)
      #expect(try await queue.submit(Self.job()).state == .queued)
    }
  }

  @Test(arguments: StoreKind.usable) func nobodyWaitsLongerThanAsked(_ kind: StoreKind) async throws {
    try await withQueue(kind) { queue, _ in
      let answer = try await queue.poll(
        .init(worker: "w", tags: ["duckdb"], slots: 1), within: .milliseconds(50))
      #expect(answer.jobs.isEmpty)
      let job = try await queue.submit(Self.job())
      #expect(try await queue.ended(job.id, within: .milliseconds(50)).state == .queued)
      // A poll that was given up leaves nothing behind that a job could be handed to.
      let gone = Task {
        try await queue.poll(.init(worker: "gone", tags: ["bash"], slots: 1), within: Self.aWhile)
      }
      gone.cancel()
      _ = await gone.result
      var new = Self.job()
      new.tag = "bash"
      #expect(try await queue.submit(new).state == .queued)
    }
  }

  static func job(arguments: String = "{}") -> NewJob {
    var job = NewJob(
      workspace: "main", kind: .preview, language: "duckdb", content: "SELECT 'é' AS \"a\"",
      arguments: arguments,
      createdBy: "ann")
    job.mostAttempts = 3
    return job
  }

  private func withQueue(
    _ kind: StoreKind, _ body: @escaping @Sendable (JobQueue, Store) async throws -> Void
  ) async throws {
    try await StorePlace(kind).withStore(migrations: JobMigrations.all) { store in
      let queue = JobQueue(store: store)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await queue.run() }
        try await body(queue, store)
        group.cancelAll()
      }
    }
  }
}
