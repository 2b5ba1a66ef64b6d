import Foundation

/// `make bench`: all measurements, or those that are named (`make bench BENCH="start point-query"`).
@main
enum Main {
  private static let names = [
    "pipeline", "start", "point-query", "reading", "append", "bulk-insert", "merge", "load", "queue",
    "server",
  ]

  static func main() async {
    let arguments = Array(CommandLine.arguments.dropFirst())
    do {
      if arguments.first == PlainPipeline.command {
        try await PlainPipeline.run(Array(arguments.dropFirst()))
        return
      }
      if arguments.first == PlainLake.appenderCommand {
        try await PlainLake.appender(Array(arguments.dropFirst()))
        return
      }
      if arguments.first == LoadBenchmark.command, arguments.count > 1, arguments[1].contains(/^(tarn|bare)$/)
      {
        try await LoadBenchmark.perform(Array(arguments.dropFirst()))
        return
      }
      // The pipeline first: a child's largest memory counts from what its parent holds when it is started.
      let chosen = arguments.isEmpty ? names : arguments
      print("| measurement | Tarn | plain | ratio | goal |")
      print("|---|--:|--:|--:|--:|")
      for name in chosen {
        let lines =
          switch name {
          case "reading": try await ReadingBenchmark.run()
          case "start": try StartBenchmark.run()
          case "point-query": try await PointQueryBenchmark.run()
          case "pipeline": try PipelineBenchmark.run()
          case "append": try await AppendBenchmark.run()
          case "bulk-insert": try await BulkInsertBenchmark.run()
          case "merge": try await MergeBenchmark.run()
          case "load": try await LoadBenchmark.run()
          case "queue": try await QueueBenchmark.run()
          case "server": try await ServerBenchmark.run()
          default:
            throw BenchmarkError("there is no measurement '\(name)': \(names.joined(separator: ", "))")
          }
        for line in lines {
          print(line)
          fflush(nil)
        }
      }
    } catch {
      FileHandle.standardError.write(Data("benchmarks: \(error)\n".utf8))
      exit(1)
    }
  }
}

struct BenchmarkError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// Places and settings that all measurements share.
enum Bench {
  static let checkout: String = {
    var url = URL(fileURLWithPath: #filePath)
    for _ in 0..<4 { url.deleteLastPathComponent() }
    return url.path
  }()
  static let executable = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
  static let tarn = checkout + "/bin/tarn"
  static let extensions = checkout + "/lib/tarn/extensions"
  static let folder = checkout + "/build/bench"
  static let scale = ProcessInfo.processInfo.environment["SCALE"] ?? "1"

  static func row(_ what: String, _ tarn: String, _ plain: String, _ ratio: String, _ goal: String) -> String
  {
    "| \(what) | \(tarn) | \(plain) | \(ratio) | \(goal) |"
  }

  static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return .nan }
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  static func text(_ value: Double, _ digits: Int = 2) -> String { String(format: "%.\(digits)f", value) }

  /// The example's workspace with its raw files, made once for each scale.
  static func workspace(_ name: String) throws -> String {
    let path = "\(folder)/\(name)-sf\(scale)"
    _ = try Child.run([tarn, "example", "tpcds", "--scale", scale, "--dir", path, "--prepare-only"])
    return path
  }
}
