import Accounts
import CloudSecrets
import Foundation
import Jobs
import Secrets
import Store

/// What a server of a folder keeps: its store, its secret key and the token of the folder's owner, in `.tarn/server`.
struct ServerState {
  let store: Store
  let accounts: Accounts
  let key: SecretKey

  /// The folder's owner, as members are listed.
  static let owner = "admin"
  static let ownersEmail = "admin@localhost"
  static let migrations = JobMigrations.all + AccountMigrations.all + DataTableMigrations.all

  /// - Parameters:
  ///   - location: nil for the folder's own SQLite file.
  ///   - keyFile: nil for the folder's own key. `TARN_SECRET_KEY` goes before both; it may say where the key is kept
  ///     (``AWSSecretReference``).
  /// - Throws: `StoreError`, `SecretsError`, `CloudSecretError`, `AccountError`.
  static func open(folder: String, location: StoreLocation? = nil, keyFile: String? = nil) async throws
    -> ServerState
  {
    let store = try await Store.open(
      location ?? .sqlite(path: folder + "/tarn.sqlite"), migrations: migrations)
    do {
      let key =
        if let text = SecretEnvironment.take("TARN_SECRET_KEY") {
          try await Self.key(text)
        } else {
          try SecretKey.kept(at: keyFile ?? folder + "/secret.key")
        }
      let accounts = Accounts(store: store, key: key)
      try await accounts.forgetExpiredTokens()
      try await accounts.ensureWorkspace("main", name: "main", admin: owner, email: ownersEmail)
      return ServerState(store: store, accounts: accounts, key: key)
    } catch {
      await store.close()
      throw error
    }
  }

  /// - Parameter text: the key itself, or where it is kept.
  private static func key(_ text: String) async throws -> SecretKey {
    guard let reference = try AWSSecretReference(text) else { return try SecretKey(base64: text) }
    let kept = try await AWSSecretsManager.text(
      of: reference, environment: ProcessInfo.processInfo.environment)
    do { return try SecretKey(base64: kept) } catch {
      throw CommandFailure.failed("what AWS Secrets Manager keeps as '\(reference.id)': \(error)")
    }
  }

  /// Says so when secrets of the store were sealed with another key: what reads them will fail.
  func warnOfClosedSecrets() async throws {
    let (closed, all) = try await accounts.countClosedValues()
    guard closed > 0 else { return }
    Console.note(
      "\(closed) of \(all) variables and resources do not open with this secret key. Start with the key that the store was made with, or set them anew."
    )
  }

  /// The token of the folder's owner, which lies beside the store, for this user alone; made when it is not there or no
  /// longer good.
  ///
  /// - Throws: `StoreError`; ``CommandFailure`` when it cannot be written.
  func ownersToken(in folder: String) async throws -> String {
    let path = folder + "/token"
    if let text = try? String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(
      in: .whitespacesAndNewlines),
      try await accounts.identity(of: BearerToken(text)) != nil
    {
      return text
    }
    let token = try await accounts.makeToken(for: Self.owner, of: "main", label: "owner of the folder").text
    try? FileManager.default.removeItem(atPath: path)
    guard
      FileManager.default.createFile(
        atPath: path, contents: Data((token + "\n").utf8), attributes: [.posixPermissions: 0o600])
    else { throw CommandFailure.failed("cannot write \(path)") }
    return token
  }
}

/// Keeps a second server out of a folder.
final class ServerLock: Sendable {
  private let descriptor: Int32

  /// - Throws: ``CommandFailure`` when another process has it.
  init(folder: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch { throw CommandFailure.failed("cannot make \(folder): \(error.localizedDescription)") }
    let path = folder + "/lock"
    descriptor = Glibc.open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw CommandFailure.failed("cannot open \(path)") }
    // What is made whole before it throws is unmade by deinit, which closes the file.
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      throw CommandFailure.failed("a server runs in this folder already. Stop it first, or use it.")
    }
  }

  deinit { close(descriptor) }
}
