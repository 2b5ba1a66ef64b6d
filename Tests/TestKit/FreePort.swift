import Foundation

/// A port of the loopback address that nobody listens at.
public enum FreePort {
  /// Another may take it before it is used; the system gives out others first.
  public static func next() throws -> Int {
    let (socket, port) = try LoopbackSocket.listener()
    close(socket)
    return port
  }
}
