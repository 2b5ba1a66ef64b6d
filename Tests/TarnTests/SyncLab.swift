import Foundation
import TestKit

/// A `tarn up`, and folders that are pulled from it and pushed to it.
struct SyncLab {
  let lab: UpLab
  let up: UpLab.Up
  let folder: TemporaryFolder

  init() async throws {
    lab = try UpLab()
    up = try await lab.start()
    folder = try TemporaryFolder("sync")
  }

  /// Runs `tarn` where the folders lie.
  func tarn(_ arguments: String..., token: String? = nil) async throws -> TarnProcess.Outcome {
    try await tarn(arguments, token: token)
  }

  func tarn(_ arguments: [String], token: String? = nil) async throws -> TarnProcess.Outcome {
    try await process(token: token).run(arguments)
  }

  func process(token: String? = nil) -> TarnProcess {
    TarnProcess(in: folder.path, environment: ["TARN_URL": up.address, "TARN_TOKEN": token ?? up.token])
  }

  /// Keeps a script on the server by another way than the one under test.
  func keep(_ path: String, _ content: String, language: String = "python3", summary: String = "")
    async throws
  {
    let body = ["path": path, "content": content, "language": language, "summary": summary]
    try await post("scripts/create", body)
  }

  func post(_ route: String, _ body: Any) async throws {
    let data = try JSONSerialization.data(withJSONObject: body)
    let answer = try await lab.post("/w/main/\(route)", String(decoding: data, as: UTF8.self), up)
    guard (200..<300).contains(answer.status) else { throw TestFailure("\(route): \(answer)") }
  }

  func get(_ route: String) async throws -> UpLab.Answer { try await lab.get("/w/main/\(route)", up) }

  /// A member of the server's JSON.
  func member(_ name: String, of route: String) async throws -> String {
    let text = try await get(route).text
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    return object?[name] as? String ?? ""
  }

  /// The names and bytes of all files below a folder but those that Tarn keeps for itself.
  func files(_ name: String) -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    let base = folder[name]
    for path in FileManager.default.enumerator(atPath: base)?.compactMap({ $0 as? String }) ?? []
    where !path.hasPrefix(".tarn") && !path.hasPrefix(".git") {
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: base + "/" + path, isDirectory: &isFolder),
        !isFolder.boolValue
      else { continue }
      files[path] = FileManager.default.contents(atPath: base + "/" + path).map { [UInt8]($0) } ?? []
    }
    return files
  }

  func stop() async {
    up.process.signal(SIGINT)
    _ = await up.process.outcome()
  }
}
