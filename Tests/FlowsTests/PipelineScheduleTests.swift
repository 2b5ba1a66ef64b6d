import Flows
import Testing

@Suite("Running a plan")
struct PipelineScheduleTests {
  @Test("runs what is ready, up to the limit, the longest chain first")
  func limit() throws {
    // 3 waits for 1, 4 for 3; 0, 1, 2 are free.
    var schedule = PipelineSchedule(plan: try makePlan(dependencies: [[], [], [], [1], [3]]))
    #expect(schedule.start(limit: 2) == [.run("s01"), .run("s00")])
    #expect(schedule.running == ["s00", "s01"])
    #expect(schedule.finished("s01") == [.run("s03")])
    #expect(schedule.finished("s00") == [.run("s02")])
    #expect(schedule.finished("s03") == [.run("s04")])
    #expect(schedule.finished("s02") == [])
    #expect(schedule.finished("s04") == [.finish(.succeeded)])
    #expect(schedule.doneCount == 5)
  }

  @Test("a step that is up to date lets those behind it start")
  func upToDate() throws {
    var schedule = PipelineSchedule(plan: try makePlan(dependencies: [[], [0]]))
    #expect(schedule.start(limit: 4) == [.run("s00")])
    #expect(schedule.skipped("s00") == [.run("s01")])
    #expect(schedule.skipped("s01") == [.finish(.succeeded)])
    #expect(schedule.state(of: "s01") == .upToDate)
  }

  @Test("a failure blocks what is behind it and nothing else")
  func failure() throws {
    // 0 → 2 → 4, 1 → 3; 5 waits for both ends.
    var schedule = PipelineSchedule(plan: try makePlan(dependencies: [[], [], [0], [1], [2], [3, 4]]))
    #expect(schedule.start(limit: 4) == [.run("s00"), .run("s01")])
    #expect(
      schedule.failed("s00", message: "no such file") == [
        .skip("s02", .blocked(by: "s00")), .skip("s04", .blocked(by: "s00")),
        .skip("s05", .blocked(by: "s00")),
      ])
    #expect(schedule.finished("s01") == [.run("s03")])
    #expect(schedule.finished("s03") == [.finish(.failed(["s00"]))])
    #expect(schedule.state(of: "s00") == .failed("no such file"))
    #expect(schedule.state(of: "s05") == .blocked(by: "s00"))
  }

  @Test("cancelling starts nothing more and waits for what runs")
  func cancel() throws {
    var schedule = PipelineSchedule(plan: try makePlan(dependencies: [[], [], [0], [1]]))
    _ = schedule.start(limit: 2)
    #expect(schedule.cancel() == [.skip("s02", .cancelled), .skip("s03", .cancelled)])
    #expect(schedule.cancel() == [])
    #expect(schedule.finished("s00") == [])
    #expect(schedule.interrupted("s01") == [.finish(.cancelled(failed: []))])
    #expect(schedule.state(of: "s01") == .interrupted)
  }

  @Test("a run that was done when the cancellation came has succeeded")
  func lateCancel() throws {
    var schedule = PipelineSchedule(plan: try makePlan(dependencies: [[], []]))
    _ = schedule.start(limit: 2)
    #expect(schedule.cancel() == [])
    #expect(schedule.finished("s00") == [])
    #expect(schedule.finished("s01") == [.finish(.succeeded)])
    #expect(schedule.cancel() == [])
  }

  @Test("events that do not fit change nothing")
  func strayEvents() throws {
    var schedule = PipelineSchedule(plan: try makePlan(dependencies: [[], [0]]))
    #expect(schedule.finished("s00") == [])
    #expect(schedule.start(limit: 0) == [.run("s00")])
    #expect(schedule.start(limit: 9) == [])
    #expect(schedule.finished("s01") == [])
    #expect(schedule.failed("nobody", message: "") == [])
    let before = schedule
    #expect(schedule.skipped("s01") == [])
    #expect(schedule == before)
    _ = schedule.finished("s00")
    #expect(schedule.failed("s00", message: "late") == [])
    #expect(schedule.state(of: "s00") == .succeeded)
  }

  @Test("an empty plan ends at once")
  func empty() throws {
    var schedule = PipelineSchedule(plan: try makePlan(dependencies: []))
    #expect(schedule.start(limit: 1) == [.finish(.succeeded)])
  }

  @Test("cancelled before it started")
  func cancelFirst() throws {
    var schedule = PipelineSchedule(plan: try makePlan(dependencies: [[], [0]]))
    #expect(
      schedule.cancel() == [
        .skip("s00", .cancelled), .skip("s01", .cancelled), .finish(.cancelled(failed: [])),
      ])
    #expect(schedule.start(limit: 1) == [])
  }
}

@Suite("Every order of events keeps the rules")
struct PipelineScheduleInvariantTests {
  /// All graphs of three steps, with all orders of all events, a cancellation at any moment among them.
  @Test("exhaustively over small plans", arguments: 1...3)
  func exhaustive(limit: Int) throws {
    for bits in 0..<8 {
      let dependencies = [
        [], bits & 1 != 0 ? [0] : [], (bits & 2 != 0 ? [0] : []) + (bits & 4 != 0 ? [1] : []),
      ]
      var watch = ScheduleWatch(
        schedule: PipelineSchedule(plan: try makePlan(dependencies: dependencies)), limit: limit)
      watch.start()
      explore(watch)
    }
  }

  private func explore(_ watch: ScheduleWatch) {
    if watch.isFinished { return watch.checkEnd() }
    if !watch.isCancelled {
      var cancelled = watch
      cancelled.apply(.cancel)
      explore(cancelled)
    }
    for step in watch.running {
      for event in [ScheduleWatch.Event.finished(step), .skipped(step), .failed(step), .interrupted(step)] {
        var next = watch
        next.apply(event)
        explore(next)
      }
    }
  }

  @Test("at random over large plans", arguments: 0..<200)
  func random(seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed))
    let count = Int.random(in: 1...40, using: &random)
    let density = Double.random(in: 0...0.4, using: &random)
    let dependencies = (0..<count).map { step in
      (0..<step).filter { _ in Double.random(in: 0..<1, using: &random) < density }
    }
    let failureRate: Double = [0, 0.05, 0.3].randomElement(using: &random) ?? 0
    let cancelRate: Double = [0, 0, 0.02].randomElement(using: &random) ?? 0
    var watch = ScheduleWatch(
      schedule: PipelineSchedule(plan: try makePlan(dependencies: dependencies)),
      limit: Int.random(in: 1...8, using: &random))
    watch.start()
    var events = 0
    while !watch.isFinished, events < 1_000, let step = watch.running.randomElement(using: &random) {
      events += 1
      let dice = Double.random(in: 0..<1, using: &random)
      if dice < cancelRate {
        watch.apply(.cancel)
      } else if dice < cancelRate + failureRate {
        watch.apply(watch.isCancelled ? .interrupted(step) : .failed(step))
      } else {
        watch.apply(dice < 0.6 ? .finished(step) : .skipped(step))
      }
    }
    #expect(watch.isFinished)
    watch.checkEnd()
  }
}

/// A schedule with what was seen of it from outside, and the rules that have to hold after each event.
struct ScheduleWatch {
  enum Event {
    case finished(String)
    case skipped(String)
    case failed(String)
    case interrupted(String)
    case cancel
  }

  private(set) var schedule: PipelineSchedule
  let limit: Int
  private(set) var running: [String] = []
  private var started: Set<String> = []
  private var done: Set<String> = []
  private var broken: Set<String> = []
  private var skipped: Set<String> = []
  private(set) var isCancelled = false
  private var outcomes: [PipelineSchedule.Outcome] = []

  var isFinished: Bool { !outcomes.isEmpty }

  init(schedule: PipelineSchedule, limit: Int) {
    self.schedule = schedule
    self.limit = limit
  }

  mutating func start() { take(schedule.start(limit: limit)) }

  mutating func apply(_ event: Event) {
    switch event {
    case .finished(let step):
      leave(step)
      done.insert(step)
      take(schedule.finished(step))
    case .skipped(let step):
      leave(step)
      done.insert(step)
      take(schedule.skipped(step))
    case .failed(let step):
      leave(step)
      broken.insert(step)
      take(schedule.failed(step, message: "x"))
    case .interrupted(let step):
      leave(step)
      broken.insert(step)
      take(schedule.interrupted(step))
    case .cancel:
      isCancelled = true
      take(schedule.cancel())
    }
  }

  private mutating func leave(_ step: String) { running.removeAll { $0 == step } }

  private mutating func take(_ actions: [PipelineSchedule.Action]) {
    #expect(!isFinished, "an action after the end")
    for action in actions {
      switch action {
      case .run(let step):
        #expect(!isCancelled, "started after the cancellation")
        #expect(started.insert(step).inserted, "started twice")
        #expect(!skipped.contains(step))
        let dependencies = schedule.plan[step]?.dependencies ?? []
        #expect(dependencies.allSatisfy(done.contains), "started before what it waits for")
        running.append(step)
      case .skip(let step, let reason):
        #expect(!started.contains(step), "skipped while it runs")
        #expect(skipped.insert(step).inserted, "skipped twice")
        switch reason {
        case .blocked(let by): #expect(broken.contains(by))
        case .cancelled: #expect(isCancelled)
        }
      case .finish(let outcome):
        outcomes.append(outcome)
        #expect(action == actions.last, "the end is the last action")
        #expect(running.isEmpty, "ended while steps run")
      }
    }
    #expect(running.count <= limit)
    #expect(Set(schedule.running) == Set(running))
    if !isCancelled, running.count < limit {
      // No place stays free while a step could run.
      let ready = schedule.plan.steps.filter {
        !started.contains($0.id) && !skipped.contains($0.id) && $0.dependencies.allSatisfy(done.contains)
      }
      #expect(ready.isEmpty)
    }
    #expect(isFinished == (running.isEmpty && started.count + skipped.count == schedule.plan.steps.count))
  }

  func checkEnd() {
    #expect(outcomes.count == 1)
    let all = Set(schedule.plan.steps.map(\.id))
    #expect(started.union(skipped) == all)
    for step in schedule.plan.steps where !isCancelled && skipped.contains(step.id) {
      // What was not run waits, directly or not, for something that broke.
      #expect(step.dependencies.contains { broken.contains($0) || skipped.contains($0) })
    }
    #expect((outcomes.first == .succeeded) == (done == all))
  }
}
