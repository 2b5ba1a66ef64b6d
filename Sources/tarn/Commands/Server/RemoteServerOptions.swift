import ArgumentParser
import Foundation

/// Which server a command speaks to, and as whom.
struct RemoteServerOptions: ParsableArguments {
  @Option(name: .long, help: ArgumentHelp("The server's address; else that of TARN_URL.", valueName: "url"))
  var server: String?

  @Option(name: .long, help: ArgumentHelp("A file that holds the token; else TARN_TOKEN.", valueName: "file"))
  var tokenFile: String?

  /// The address, without a slash at its end.
  ///
  /// - Throws: ``CommandFailure`` when there is none, or it is none.
  func url() throws -> URL {
    let given = server ?? ProcessInfo.processInfo.environment["TARN_URL"] ?? ""
    guard !given.isEmpty else {
      throw CommandFailure.wrongUse("which server? Give --server URL, or set TARN_URL")
    }
    let address = String(given.reversed().drop { $0 == "/" }.reversed())
    guard let url = URL(string: address), ["http", "https"].contains(url.scheme), url.host != nil else {
      throw CommandFailure.wrongUse("'\(given)' is no address of a server, such as http://127.0.0.1:8900")
    }
    return url
  }

  /// Takes the token out of the environment, where others of the same user could read it.
  ///
  /// - Throws: ``CommandFailure`` when there is none.
  func token() throws -> String {
    if let tokenFile {
      guard let text = try? String(contentsOfFile: tokenFile, encoding: .utf8) else {
        throw CommandFailure.failed("cannot read \(tokenFile)")
      }
      return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }
    guard let token = SecretEnvironment.take("TARN_TOKEN") else {
      throw CommandFailure.wrongUse("which token? Give --token-file FILE, or set TARN_TOKEN")
    }
    return token
  }
}
