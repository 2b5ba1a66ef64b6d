import Foundation

/// Secrets that a process is started with.
enum SecretEnvironment {
  /// A variable's value, which is nowhere to be read afterwards: others of the same user can look at the environment that a
  /// process was started with (`/proc/PID/environ`), and what it starts would be given it.
  ///
  /// Only to be called while the process has one thread that reads its environment: at the beginning of a command.
  ///
  /// - Returns: nil when it is not set, or empty.
  static func take(_ name: String) -> String? {
    guard let text = getenv(name), text.pointee != 0 else { return nil }
    let value = String(cString: text)
    memset(text, 0x78, strlen(text))
    unsetenv(name)
    return value
  }
}
