import ArgumentParser
import Foundation
import HTTPServer

/// Where a server listens.
struct ServerOptions: ParsableArguments {
  static let defaultPort = 8900

  @Option(
    name: .long,
    help: ArgumentHelp("The port; else that of TARN_PORT, else 8900; 0 for any that is free.", valueName: "n")
  )
  var port: Int?

  @Option(name: .long, help: ArgumentHelp("The address to listen on.", valueName: "address"))
  var host = "127.0.0.1"

  @Option(
    name: .long, help: ArgumentHelp("A certificate in PEM: then the server speaks TLS.", valueName: "file"))
  var certificate: String?

  @Option(name: .long, help: ArgumentHelp("The certificate's private key in PEM.", valueName: "file"))
  var certificateKey: String?

  @Option(
    name: .long,
    help: ArgumentHelp("How long jobs are kept after their end, in days.", valueName: "days"))
  var keepJobs = 30

  @Option(name: .long, help: ArgumentHelp("How long it is kept who did what, in days.", valueName: "days"))
  var keepAudit = 90

  @Option(
    name: .long,
    help: ArgumentHelp("How large the body of POST load may be, in MiB.", valueName: "mib"))
  var largestLoad = 1024

  @Flag(name: .long, help: "Write a line of JSON to standard error for each request.") var logRequests = false

  func validate() throws {
    if keepJobs < 1 { throw ValidationError("--keep-jobs must be at least 1") }
    if !(1...36_500).contains(keepAudit) { throw ValidationError("--keep-audit must be from 1 to 36500") }
    if !(1...1_048_576).contains(largestLoad) {
      throw ValidationError("--largest-load must be from 1 to 1048576")
    }
    if let port, !(0...65_535).contains(port) { throw ValidationError("--port must be from 0 to 65535") }
    if (certificate == nil) != (certificateKey == nil) {
      throw ValidationError("--certificate and --certificate-key belong together")
    }
  }

  /// - Throws: ``CommandFailure``.
  func configuration(_ onError: @escaping @Sendable (any Error) -> Void) throws -> HTTPServerConfiguration {
    let given = ProcessInfo.processInfo.environment["TARN_PORT"]
    if port == nil, let given, Int(given).map((0...65_535).contains) != true {
      throw CommandFailure.wrongUse("TARN_PORT must be a number from 0 to 65535, not '\(given)'")
    }
    var configuration = HTTPServerConfiguration(
      host: host, port: port ?? given.flatMap { Int($0) } ?? Self.defaultPort)
    if let certificate, let certificateKey {
      configuration.tls = .init(certificate: try text(of: certificate), key: try text(of: certificateKey))
    }
    // Results of jobs come in bodies, too; each route limits its own.
    configuration.limits.bodySize = 64 << 20
    configuration.onError = { error, _ in onError(error) }
    return configuration
  }

  var retention: Duration { .seconds(keepJobs * 86_400) }

  /// Gets a line for each request; nil when nobody asked for them.
  var requestLog: (@Sendable (String) -> Void)? {
    guard logRequests else { return nil }
    return { line in FileHandle.standardError.write(Data((line + "\n").utf8)) }
  }

  private func text(of file: String) throws -> String {
    do { return try String(contentsOfFile: file, encoding: .utf8) } catch {
      throw CommandFailure.failed("cannot read \(file)")
    }
  }

  /// How clients on this machine reach the server.
  func address(port: Int) -> String {
    let name = ["0.0.0.0", "::"].contains(host) ? "127.0.0.1" : host.contains(":") ? "[\(host)]" : host
    return "\(certificate == nil ? "http" : "https")://\(name):\(port)"
  }
}
