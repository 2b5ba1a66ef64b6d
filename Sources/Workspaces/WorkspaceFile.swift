import LakeSettings
import SQLText
import YAMLText
import Yams

/// Reads `tarn.yaml`: text in, settings out.
enum WorkspaceFile {
  static let name = "tarn.yaml"

  /// - Parameters:
  ///   - text: the file's text.
  ///   - folder: the workspace's folder, absolute; relative paths in the file start there.
  /// - Throws: ``WorkspaceError`` with the line.
  static func read(_ text: String, folder: String) throws(WorkspaceError) -> (
    lakes: [LakeConfiguration], engine: EngineSettings, python: String?, storages: [String: Storage]
  ) {
    let root = try parse(text)
    let reader = try SettingsReader(root, place: name)
    try reader.allowOnly(["lakes", "files", "limits", "python", "storages"])
    guard let lakesNode = reader.node("lakes") else {
      throw WorkspaceError("`lakes:` is missing", hint: "tarn init in an empty folder shows a whole file")
    }
    let storages = try storages(reader.node("storages"), folder: folder)
    var engine = try engine(reader, folder: folder)
    engine.storages = storages
    return (
      try lakes(lakesNode, folder: folder),
      engine,
      // A program by its name is found as a shell does.
      try reader.text("python").map { $0.contains("/") ? absolute($0, in: folder) : $0 },
      storages
    )
  }

  /// Where scripts keep files. The one that is called `default` is used when none is named.
  private static func storages(_ node: Node?, folder: String) throws(WorkspaceError) -> [String: Storage] {
    let standard = Storage.folder(folder + "/.tarn/storage")
    guard let node else { return [Storage.defaultName: standard] }
    var storages = [Storage.defaultName: standard]
    for entry in try SettingsReader(node, place: "storages").entries {
      guard (try? LakeName(entry.name)) != nil else {
        throw WorkspaceError(
          "'\(entry.name.prefix(80))' is no name of a storage", hint: "Use letters, digits, '_' and '-'",
          line: entry.line)
      }
      storages[entry.name] = try storage(
        entry.value, standard: .folder("\(folder)/.tarn/storage-\(entry.name)"), folder: folder,
        place: "storages.\(entry.name)")
      try refuseOwnFolders(storages[entry.name], of: entry.name, line: entry.line, folder: folder)
    }
    return storages
  }

  /// Whoever may run a script reads and writes storages, and Tarn's own folder holds the server's key.
  private static func refuseOwnFolders(
    _ storage: Storage?, of name: String, line: Int?, folder: String
  ) throws(WorkspaceError) {
    guard case .folder(let place) = storage else { return }
    let (path, own) = (Paths.normalized(place) + "/", folder + "/.tarn/")
    guard own.hasPrefix(path) || path.hasPrefix(own) && !path.hasPrefix(own + "storage") else { return }
    throw WorkspaceError(
      "storages.\(name) may not be a folder with Tarn's own files in it",
      hint: "Tarn keeps its lakes and keys in .tarn; write a folder beside it", line: line)
  }

  private static func parse(_ text: String) throws(WorkspaceError) -> Node {
    do { return try YAMLDocument.root(of: text) } catch {
      let hint: String? =
        switch error.kind {
        case .empty: "Delete it and run tarn init, or restore it"
        case .several: "Remove it: only one document is read"
        case .unreadable: nil
        }
      throw WorkspaceError(error.description, hint: hint, line: error.line)
    }
  }

  static func absolute(_ path: String, in folder: String) -> String {
    Paths.normalized(path.hasPrefix("/") ? path : folder + "/" + path)
  }

  // MARK: Lakes

  private static func lakes(_ node: Node, folder: String) throws(WorkspaceError) -> [LakeConfiguration] {
    if case .scalar(let scalar) = node, scalar.string.isEmpty { return [] }
    let reader = try SettingsReader(node, place: "lakes")
    var lakes: [LakeConfiguration] = []
    for entry in reader.entries {
      if let same = lakes.first(where: { $0.name.catalogAlias.lowercased() == entry.name.lowercased() }) {
        throw WorkspaceError(
          "lakes '\(same.name)' and '\(entry.name)' differ only in case",
          hint: "SQL takes them for one; rename one of them",
          line: entry.line)
      }
      let name: LakeName
      do { name = try LakeName(entry.name) } catch {
        throw WorkspaceError(error.message, line: entry.line)
      }
      let lake = try lake(name, entry.value, folder: folder)
      if let same = lakes.first(where: { $0.catalog == lake.catalog }) {
        throw WorkspaceError(
          "lakes '\(same.name)' and '\(name)' have one catalog", hint: "Give each lake a catalog of its own",
          line: entry.line)
      }
      lakes.append(lake)
    }
    return lakes
  }

  private static func lake(_ name: LakeName, _ node: Node, folder: String) throws(WorkspaceError)
    -> LakeConfiguration
  {
    let home = "\(folder)/.tarn/lakes/\(name)"
    let place = "lakes.\(name)"
    let reader = try SettingsReader(node, place: place)
    try reader.allowOnly(["catalog", "storage", "maintenance"])
    return LakeConfiguration(
      name: name, catalog: try catalog(reader, home: home, folder: folder, place: place),
      storage: try storage(
        reader.node("storage"), standard: .folder(home + "/data"), folder: folder, place: place + ".storage"),
      maintenance: try MaintenanceSettings.read(reader.node("maintenance"), place: place + ".maintenance"))
  }

  private static func catalog(
    _ lake: SettingsReader, home: String, folder: String, place: String
  ) throws(WorkspaceError) -> Catalog {
    guard let node = lake.node("catalog") else { return .sqlite(path: home + "/catalog.sqlite") }
    let kinds = ["sqlite", "duckdb", "postgresql"]
    let kind: String
    let reader: SettingsReader?
    if case .scalar(let scalar) = node {
      kind = scalar.string
      reader = nil
    } else {
      let mapping = try SettingsReader(node, place: place + ".catalog")
      kind = try mapping.requiredText("type")
      reader = mapping
    }
    switch kind {
    case "sqlite", "duckdb":
      try reader?.allowOnly(["type", "path"])
      let standard = home + (kind == "sqlite" ? "/catalog.sqlite" : "/catalog.ducklake")
      let path = try reader?.text("path").map { absolute($0, in: folder) } ?? standard
      return kind == "sqlite" ? .sqlite(path: path) : .duckdb(path: path)
    case "postgresql":
      guard let reader else {
        throw WorkspaceError(
          "\(place).catalog: postgresql needs host, database and user",
          hint: "See docs/reference/tarn-yaml.md",
          line: node.mark?.line)
      }
      try reader.allowOnly([
        "type", "host", "port", "database", "user", "password_env", "password_file", "schema",
      ])
      try reader.refuseCredentials(in: "host")
      return .postgresql(
        PostgreSQLCatalog(
          host: try reader.requiredText("host"), port: try reader.integer("port", 1...65535) ?? 5432,
          database: try reader.requiredText("database"), user: try reader.requiredText("user"),
          password: try reader.secret("password", folder: folder), schema: try reader.text("schema")))
    case let other where other.contains("://") || other.contains("@"):
      // Not shown: an address may hold a password.
      throw WorkspaceError(
        "\(place).catalog: an address is not read here",
        hint: "Write type: postgresql with host, database, user and password_env", line: node.mark?.line)
    default:
      let near = NearestName.suggestion(for: kind, among: kinds)
      throw WorkspaceError(
        "\(place).catalog cannot be '\(kind)'",
        hint: near.map { "Did you mean '\($0)'?" } ?? "It is one of \(kinds.joined(separator: ", "))",
        line: node.mark?.line)
    }
  }

  private static func storage(
    _ node: Node?, standard: Storage, folder: String, place: String
  ) throws(WorkspaceError) -> Storage {
    guard let node else { return standard }
    if case .scalar(let scalar) = node {
      if scalar.string.contains("://"), S3Storage.Service(address: scalar.string) != nil {
        return .s3(try s3(url: scalar.string, node))
      }
      if scalar.string == "local" { return standard }
      guard !scalar.string.contains("://"), !scalar.string.isEmpty, !scalar.string.hasPrefix("~") else {
        throw WorkspaceError(
          "\(place) cannot be this", hint: "It is local, a folder, or s3://bucket/prefix",
          line: node.mark?.line)
      }
      return .folder(absolute(scalar.string, in: folder))
    }
    let reader = try SettingsReader(node, place: place)
    if let path = try reader.text("folder") {
      try reader.allowOnly(["folder"])
      return .folder(absolute(path, in: folder))
    }
    try reader.allowOnly([
      "url", "endpoint", "region", "path_style", "tls", "key_id_env", "key_id_file", "secret_env",
      "secret_file",
    ])
    var storage = try s3(url: try reader.requiredText("url"), node)
    storage.endpoint = try reader.text("endpoint")
    try reader.refuseCredentials(in: "endpoint")
    guard storage.endpoint?.contains("://") != true else {
      throw WorkspaceError(
        "\(place).endpoint is a host and a port, without http:// or https://",
        hint: "Write tls: false for plain HTTP", line: reader.node("endpoint")?.mark?.line)
    }
    storage.region = try reader.text("region")
    storage.pathStyle = try reader.boolean("path_style") ?? (storage.endpoint != nil)
    storage.useTLS = try reader.boolean("tls") ?? true
    storage.keyID = try reader.secret("key_id", folder: folder)
    storage.secret = try reader.secret("secret", folder: folder)
    guard (storage.keyID == nil) == (storage.secret == nil) else {
      throw WorkspaceError("\(place) needs key_id and secret together", line: reader.line)
    }
    return .s3(storage)
  }

  private static func s3(url: String, _ node: Node) throws(WorkspaceError) -> S3Storage {
    let service = url.contains("://") ? S3Storage.Service(address: url) : nil
    let rest = service == nil ? "" : url.drop { $0 != "/" }.dropFirst(2)
    let parts = rest.split(separator: "/", maxSplits: 1).map(String.init)
    guard let bucket = parts.first, !rest.hasPrefix("/"), !bucket.contains("@"), !bucket.contains(":") else {
      throw WorkspaceError(
        "this is no s3://bucket/prefix or gs://bucket/prefix",
        hint: "Credentials go into key_id_env and secret_env",
        line: node.mark?.line)
    }
    var prefix = parts.count > 1 ? parts[1] : ""
    while prefix.hasSuffix("/") { prefix.removeLast() }
    var storage = S3Storage(bucket: bucket, prefix: prefix)
    storage.service = service ?? .s3
    return storage
  }

  // MARK: Engine

  /// Folders of the workspace stay relative; what leads out of it becomes absolute.
  private static func reachable(_ root: SettingsReader, folder: String) throws(WorkspaceError) -> [String] {
    var entries: [String] = []
    for (entry, line) in try root.textsWithLines("files") {
      if entry.contains("://") {
        entries.append(entry)
        continue
      }
      let isFolder = entry.hasSuffix("/")
      let path = Paths.normalized(absolute(entry, in: folder))
      guard !entry.hasPrefix("~"), path != "/", !(folder + "/.tarn/").hasPrefix(path + "/"),
        !(path + "/").hasPrefix(folder + "/.tarn/")
      else {
        throw WorkspaceError(
          "files: '\(entry)' may not be opened to SQL",
          hint: entry.hasPrefix("~")
            ? "Write the whole path" : "Tarn keeps its lakes there; list the folders that are needed",
          line: line)
      }
      let inside = path.hasPrefix(folder + "/") ? String(path.dropFirst(folder.count + 1)) : path
      entries.append(inside + (isFolder ? "/" : ""))
    }
    return entries
  }

  private static func engine(_ root: SettingsReader, folder: String) throws(WorkspaceError) -> EngineSettings
  {
    var settings = EngineSettings(baseFolder: folder, temporaryFolder: folder + "/.tarn/tmp")
    settings.reachableFiles = try reachable(root, folder: folder)
    guard let node = root.node("limits") else { return settings }
    let limits = try SettingsReader(node, place: "limits")
    try limits.allowOnly(["memory", "temp", "timeout", "threads"])
    settings.memoryLimit = try limits.bytes("memory")
    settings.temporaryDiskLimit = try limits.bytes("temp")
    settings.queryTimeout = try limits.duration("timeout")
    settings.threads = try limits.integer("threads", 1...1024)
    return settings
  }
}
