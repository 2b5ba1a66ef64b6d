internal import Foundation

/// Sets of Python packages, each installed once by `uv` and kept.
actor PythonEnvironments {
  private let uv: String
  private let python: String
  private let folder: String
  private var made: [PythonRequirements: Task<String, any Error>] = [:]

  /// - Parameters:
  ///   - uv: the program, by its path.
  ///   - python: the Python that the sets are for, by its path.
  ///   - folder: where they are kept.
  init(uv: String, python: String, folder: String) {
    self.uv = uv
    self.python = python
    self.folder = folder
  }

  /// A Python that can import packages.
  ///
  /// - Parameter note: is told when they have to be installed first.
  /// - Returns: the program's path.
  /// - Throws: ``ScriptProcessError`` when they cannot be installed.
  func python(
    with requirements: PythonRequirements, note: @Sendable (String) async -> Void
  ) async throws -> String {
    if let making = made[requirements] { return try await making.value }
    let place = "\(folder)/\(name(of: requirements))"
    if isComplete(place, requirements) { return place + Self.program }
    // Of those who need it at once, one installs it; and goes on when its own job is cancelled.
    let making = Task { try await make(requirements, at: place) }
    made[requirements] = making
    await note("installing \(requirements.names.joined(separator: ", "))\n")
    do {
      let program = try await making.value
      made[requirements] = nil
      return program
    } catch {
      made[requirements] = nil
      throw error
    }
  }

  private static let program = "/bin/python"

  /// The folder of a set, by its Python.
  static func folder(of python: String) -> String { String(python.dropLast(program.count)) }

  // MARK: Names

  private func text(of requirements: PythonRequirements) -> String {
    "\(python)\n\((requirements.header ?? "") + requirements.packages.joined(separator: "\n"))\n"
  }

  private func name(of requirements: PythonRequirements) -> String {
    // FNV-1a; what it is of is compared, too.
    let hash = text(of: requirements).utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01b3
    }
    return String(hash, radix: 16)
  }

  private static let mark = "tarn-requirements.txt"

  private func isComplete(_ place: String, _ requirements: PythonRequirements) -> Bool {
    guard let kept = try? String(contentsOfFile: "\(place)/\(Self.mark)", encoding: .utf8) else {
      return false
    }
    return kept == text(of: requirements)
      && FileManager.default.isExecutableFile(atPath: place + "/bin/python")
  }

  // MARK: Installing

  private func make(_ requirements: PythonRequirements, at place: String) async throws -> String {
    let work = try ScriptFolder("\(place).\(UUID().uuidString)")
    defer { work.remove() }
    let environment = work.path + "/env"
    try await run(
      ["venv", "--quiet", "--relocatable", "--python", requirements.pythonVersion ?? python, environment],
      in: work,
      for: requirements)
    var command = ["pip", "install", "--quiet", "--no-build", "--python", environment + "/bin/python"]
    if let header = requirements.header {
      try work.write(header, to: "script.py")
      command += ["--requirements", "script.py"]
    }
    if requirements.header == nil || !requirements.packages.isEmpty {
      command += ["--"] + requirements.packages
    }
    try await run(command, in: work, for: requirements)
    do {
      try text(of: requirements).write(
        toFile: "\(environment)/\(Self.mark)", atomically: false, encoding: .utf8)
      // Another worker may have been quicker.
      if !isComplete(place, requirements) {
        try? FileManager.default.removeItem(atPath: place)
        try FileManager.default.moveItem(atPath: environment, toPath: place)
      }
    } catch  where !isComplete(place, requirements) {
      throw ScriptProcessError(
        "cannot keep the script's packages in '\(place)': \(error.localizedDescription)")
    }
    return place + Self.program
  }

  private func run(
    _ arguments: [String], in work: ScriptFolder, for requirements: PythonRequirements
  ) async throws {
    let output = open(work.log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0o600)
    defer { close(output) }
    let status = try await SandboxedProcess(
      .init(
        command: [uv] + arguments, environment: Self.environment, folder: work.path, output: output,
        errors: output, limits: nil)
    ).wait()
    guard status == 0 else {
      throw ScriptProcessError(
        "the script's packages cannot be installed: \(Self.reason(work.read("log.txt") ?? ""))",
        name: "PackageError")
    }
  }

  /// What `uv` says, in one line.
  private static func reason(_ output: String) -> String {
    let words = output.split(whereSeparator: { $0.isNewline || $0.isWhitespace || "╰─▶×│├".contains($0) })
    let line = words.joined(separator: " ")
    return line.isEmpty ? "uv gives no reason" : String(line.prefix(600))
  }

  /// What `uv` needs of the worker's environment: where packages come from is set there, or in uv's own files.
  private static let environment: [String: String] = {
    let names: Set<String> = [
      "PATH", "HOME", "LANG", "SSL_CERT_FILE", "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY",
      "NO_PROXY",
      "http_proxy", "https_proxy", "all_proxy", "no_proxy", "NETRC",
    ]
    return ProcessInfo.processInfo.environment.filter { name, _ in
      names.contains(name) || name.hasPrefix("UV_") || name.hasPrefix("XDG_")
    }.merging(["NO_COLOR": "1"]) { $1 }
  }()
}
