internal import Foundation
internal import Glibc
internal import Synchronization

/// Deno's processes for scripts in TypeScript. A process runs one script; the next ones are started before there is work for them,
/// so that a script does not wait for its process.
actor TypeScriptHosts {
  /// A process that waits for its script.
  struct Host: Sendable {
    let process: SandboxedProcess
    let folder: ScriptFolder
    fileprivate let input: ProcessInput

    /// Lets it begin.
    ///
    /// - Parameter call: one line.
    /// - Throws: ``ScriptProcessError``.
    func begin(_ call: String) throws(ScriptProcessError) {
      guard input.write(call + "\n") else {
        throw ScriptProcessError("Deno has ended before the script began; run the script again")
      }
      input.close()
    }
  }

  private let deno: String
  private let folder: String
  private let cache: String
  private let reachable: [String]
  private let limits: ScriptLimits
  private var hasProgram = false
  private var isClosed = false
  private var nextNumber = 0
  /// By what they may reach; the least recently used first.
  private var ready: [(network: [String], hosts: [Host])] = []

  /// How many wait for scripts that ask for no network, and for those of each other kind.
  private static let mostReady = 3
  private static let mostReadyOfOthers = 1
  /// How many kinds wait.
  private static let mostKinds = 4

  /// - Parameters:
  ///   - deno: the program, by its path.
  ///   - reachable: the addresses that each script may reach.
  ///   - folder: for the scripts' folders and what they share.
  ///   - cache: where Deno keeps modules that scripts import from elsewhere.
  init(deno: String, reachable: [String], folder: String, cache: String, limits: ScriptLimits) {
    self.deno = deno
    self.reachable = reachable
    self.folder = folder
    self.cache = cache
    self.limits = limits
  }

  /// A process that may reach the server and these hosts, with a folder of its own.
  ///
  /// - Throws: ``ScriptProcessError``.
  func take(network: [String]) throws -> Host {
    defer { Task { prepare(network) } }
    if let index = ready.firstIndex(where: { $0.network == network }) {
      var kind = ready.remove(at: index)
      defer { ready.append(kind) }
      while !kind.hosts.isEmpty {
        let host = kind.hosts.removeFirst()
        if host.process.status == nil { return host }
        host.folder.remove()
      }
    }
    return try start(network)
  }

  /// Ends those that wait.
  func close() {
    isClosed = true
    for kind in ready { for host in kind.hosts { end(host) } }
    ready = []
  }

  private func end(_ host: Host) {
    host.process.end()
    host.folder.remove()
  }

  // MARK: Starting

  private func prepare(_ network: [String]) {
    guard !isClosed else { return }
    if !ready.contains(where: { $0.network == network }) { ready.append((network, [])) }
    while ready.count > Self.mostKinds { for host in ready.removeFirst().hosts { end(host) } }
    guard let index = ready.firstIndex(where: { $0.network == network }) else { return }
    let most = network.isEmpty ? Self.mostReady : Self.mostReadyOfOthers
    while ready[index].hosts.count < most, let host = try? start(network) { ready[index].hosts.append(host) }
  }

  private var programs: String { folder + "/typescript" }

  private func start(_ network: [String]) throws(ScriptProcessError) -> Host {
    if !hasProgram { try writePrograms() }
    nextNumber += 1
    let outer = "\(folder)/typescript-\(nextNumber)"
    let place = try ScriptFolder(outer + "/script", in: outer)
    let own = try ownCache(outer + "/deno")
    let output = open(place.log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    defer { Glibc.close(output) }
    let input = try ProcessInput()
    defer { input.started() }
    var limits = limits
    limits.readable.append(programs)
    var environment = ScriptRun.baseEnvironment(in: place.path)
    environment["DENO_DIR"] = own
    environment["DENO_NO_UPDATE_CHECK"] = "1"
    environment["NO_COLOR"] = "1"
    for name in ["NPM_CONFIG_REGISTRY", "JSR_URL", "DENO_CERT", "DENO_TLS_CA_STORE"] {
      environment[name] = ProcessInfo.processInfo.environment[name]
    }
    let process = try SandboxedProcess(
      .init(
        command: [deno, "run"] + flags(network, place.path) + [
          "file://\(programs)/typescript_host.ts", place.path,
        ],
        environment: environment, folder: place.path, input: input.other,
        output: output, errors: output, limits: limits, writable: [place.path, own, cache]))
    return Host(process: process, folder: place, input: input)
  }

  /// What Deno keeps for one script. What it fetches from elsewhere is kept for all; nothing else is, for a script's
  /// `localStorage` and `caches` are among it.
  private func ownCache(_ path: String) throws(ScriptProcessError) -> String {
    let own = try ScriptFolder(path)
    for name in ["npm", "remote"] {
      let shared = try ScriptFolder("\(cache)/\(name)")
      symlink(shared.path, "\(own.path)/\(name)")
    }
    return path
  }

  private func flags(_ network: [String], _ place: String) -> [String] {
    let hosts = (reachable.map(Self.host) + network).joined(separator: ",")
    return [
      "--quiet", "--no-prompt", "--no-config", "--no-lock", "--node-modules-dir=none",
      "--import-map=file://\(programs)/import_map.json",
      "--v8-flags=--max-old-space-size=\((limits.memory >> 20) / 4 * 3)",
      "--allow-env", "--allow-read=\(([place] + limits.readable).joined(separator: ","))",
      "--allow-write=\(place)",
      network.contains("all") ? "--allow-net" : "--allow-net=\(hosts)",
    ]
  }

  /// `host:port` of an address.
  private static func host(of address: String) -> String {
    let url = URL(string: address)
    let name = url?.host ?? "127.0.0.1"
    return "\(name.contains(":") ? "[\(name)]" : name):\(url?.port ?? (url?.scheme == "https" ? 443 : 80))"
  }

  private func writePrograms() throws(ScriptProcessError) {
    let place = try ScriptFolder(programs)
    try place.write(
      String(decoding: PackageResources.typescript_host_ts, as: UTF8.self), to: "typescript_host.ts")
    let client = try ScriptFolder(programs + "/client")
    for (name, bytes) in [
      ("index", PackageResources.index_ts), ("jobs", PackageResources.jobs_ts),
      ("sql", PackageResources.sql_ts),
      ("storage", PackageResources.storage_ts), ("transport", PackageResources.transport_ts),
    ] {
      try client.write(String(decoding: bytes, as: UTF8.self), to: name + ".ts")
    }
    let index = "file://\(programs)/client/index.ts"
    try place.write(
      #"{"imports":{"windmill-client":"\#(index)","npm:windmill-client":"\#(index)"}}"#, to: "import_map.json"
    )
    hasProgram = true
  }
}
