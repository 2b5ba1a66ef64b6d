/// What a script's processes may use. Each limit is one process's.
public struct ScriptLimits: Sendable {
  /// Memory of its own, in bytes; what it maps and only reserves does not count.
  public var memory = 4 << 30
  /// How large a file may grow, in bytes.
  public var fileSize = 8 << 30
  /// How long it may use a processor, in seconds.
  public var processorSeconds = 3600
  /// How many scripts in Python are forked from one process before another takes its place: what a process keeps of what it does,
  /// however little, adds up.
  public var scriptsPerHost = 1000
  /// Files and folders that it may read and run beside its own folder and those of the system.
  public var readable: [String] = []

  public init() {}

  /// Folders and files of the system that programs need. What lies in homes, in /var and in /tmp is not among them.
  static let ofTheSystem = [
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc", "/opt", "/nix/store", "/proc",
    "/sys/devices/system",
    "/sys/fs/cgroup", "/run/systemd/resolve", "/dev/urandom", "/dev/random", "/dev/zero",
  ]

  /// What each program may write to beside its own folder.
  static let devices = ["/dev/null", "/dev/full", "/dev/tty"]
}
