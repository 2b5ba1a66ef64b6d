internal import Foundation
internal import Signatures

/// The processes that Python scripts are forked from: one for the worker's own Python, and one for each set of packages that
/// scripts have asked for.
actor PythonHosts {
  private let python: String
  private let folder: String
  private let limits: ScriptLimits
  private let environments: PythonEnvironments?
  private var hosts: [String: PythonHost] = [:]
  /// The least recently used first.
  private var order: [String] = []
  private var hasProgram = false
  /// What the worker's own Python has. What is installed there later is seen by a worker that starts then.
  private var known: PythonHost.Importable?

  /// Beside that of the worker's own Python.
  private static let mostHosts = 8

  /// - Parameters:
  ///   - python: the program, by its path.
  ///   - uv: the program that installs packages; nil for none.
  ///   - folder: for the hosts' own files.
  ///   - cache: where sets of packages are kept.
  init(python: String, uv: String?, folder: String, cache: String, limits: ScriptLimits) {
    self.python = python
    self.folder = folder
    self.limits = limits
    environments = uv.map { PythonEnvironments(uv: $0, python: python, folder: cache) }
  }

  /// A host that can import what a script imports, with one more run promised.
  ///
  /// - Parameter note: is told what is installed first.
  /// - Throws: ``ScriptProcessError``; `CancellationError`.
  func host(for source: PythonSource, note: @Sendable (String) async -> Void) async throws -> PythonHost {
    guard let requirements = try await requirements(of: source) else { return try await host(of: python) }
    guard let environments else {
      throw ScriptProcessError(
        "the script needs \(requirements.names.joined(separator: ", ")), which this worker's Python does not have; "
          + "install uv on the worker, which fetches packages, or install them there",
        name: "ModuleNotFoundError")
    }
    let made = try await environments.python(with: requirements, note: note)
    return try await host(of: made)
  }

  /// Nil where the worker's own Python has all that the script imports.
  private func requirements(of source: PythonSource) async throws -> PythonRequirements? {
    if let header = source.header { return PythonRequirements(header: header, imports: source.imports) }
    let imports = source.imports
    guard !imports.isEmpty else { return nil }
    let own = try await importable()
    let foreign = imports.filter { !own.modules.contains($0) && !PythonRequirements.ownModules.contains($0) }
    guard foreign.contains(where: { !own.packages.contains($0) }) else { return nil }
    return PythonRequirements(imports: foreign)
  }

  private func importable() async throws -> PythonHost.Importable {
    if let known { return known }
    let host = try await host(of: python)
    let importable: PythonHost.Importable
    do { importable = try await host.importable() } catch {
      await host.giveBack()
      throw error
    }
    await host.giveBack()
    known = importable
    return importable
  }

  private func host(of python: String) async throws -> PythonHost {
    if !hasProgram {
      try PythonHost.writeProgram(to: folder)
      hasProgram = true
    }
    while true {
      if let host = hosts[python] {
        if await host.take() {
          order.removeAll { $0 == python }
          order.append(python)
          return host
        }
        await host.retire()
        // Another may have put a new one in its place meanwhile.
        if hosts[python] === host { hosts[python] = nil }
        continue
      }
      let packages = python == self.python ? nil : PythonEnvironments.folder(of: python)
      hosts[python] = try PythonHost(python: python, packages: packages, folder: folder, limits: limits)
      order.append(python)
      await retireOldest()
    }
  }

  private func retireOldest() async {
    while order.count > Self.mostHosts + 1, let oldest = order.first(where: { $0 != python }) {
      order.removeAll { $0 == oldest }
      await hosts.removeValue(forKey: oldest)?.retire()
    }
  }

  /// Ends the hosts and all that they run.
  func close() async {
    for host in hosts.values { await host.close() }
    hosts = [:]
  }
}
