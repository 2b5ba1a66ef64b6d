import Foundation

/// A child process, measured: time on the wall, time of all processors, largest memory.
struct Child {
  let wall: Double
  let cpu: Double
  /// Largest resident memory in MiB.
  let memory: Double

  /// Runs a program to its end; its standard output is dropped.
  static func run(_ arguments: [String], in folder: String? = nil) throws -> Child {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    let command = folder.map { ["/usr/bin/env", "-C", $0] + arguments } ?? arguments
    var texts: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
    defer { for text in texts { free(text) } }
    var identifier = pid_t()
    let clock = ContinuousClock()
    let start = clock.now
    guard posix_spawn(&identifier, command[0], &actions, nil, &texts, environ) == 0 else {
      throw BenchmarkError("cannot run \(arguments[0]); run make build")
    }
    var status: Int32 = 0
    var usage = rusage()
    guard wait4(identifier, &status, 0, &usage) == identifier else {
      throw BenchmarkError("cannot wait for \(arguments[0])")
    }
    let wall = start.duration(to: clock.now)
    guard status == 0 else { throw BenchmarkError("\(arguments.joined(separator: " ")) failed") }
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    return Child(
      wall: Double(wall.components.seconds) + Double(wall.components.attoseconds) / 1e18,
      cpu: seconds(usage.ru_utime) + seconds(usage.ru_stime), memory: Double(usage.ru_maxrss) / 1024)
  }
}
