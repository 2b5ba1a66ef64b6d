import Foundation
import Processes
import TestKit
import Testing

@Suite struct ChildProcessTests {
  @Test func endsAreTold() async throws {
    #expect(try await ChildProcess(.init("/bin/sh", ["-c", "exit 7"])).end() == .exit(7))
    #expect(try ChildProcess(.init("/bin/sh", ["-c", "kill -9 $$"])).waitForEnd() == .signal(9))
    let ended = try ChildProcess(.init("/bin/true"))
    await ended.end()
    #expect(!ended.isRunning)
    #expect(await ended.end() == .exit(0))
    // Its number may be another's by now.
    ended.signal(SIGKILL)
  }

  @Test func whatCannotBeStartedIsAnError() throws {
    let error = #expect(throws: ChildProcess.StartError.self) { try ChildProcess(.init("/no/such/program")) }
    #expect(error?.description == "cannot start /no/such/program: No such file or directory")
    #expect(throws: ChildProcess.StartError.self) {
      try ChildProcess(.init("/bin/true", folder: "/no/such/folder"))
    }
  }

  @Test func streamsFolderAndVariables() throws {
    let folder = try TemporaryFolder("child")
    var command = ChildProcess.Command(
      "/bin/sh", ["-c", "pwd; echo $A-$HOME; cat; echo wrong >&2"], environment: ["A": "1 2"],
      folder: folder.path)
    let (input, output) = (Pipe(), Pipe())
    command.input = .pipe(input)
    command.output = .pipe(output)
    command.errors = .pipe(output)
    let process = try ChildProcess(command)
    try input.fileHandleForWriting.write(contentsOf: Data("in\n".utf8))
    try input.fileHandleForWriting.close()
    let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    #expect(text == "\(folder.path)\n1 2-\nin\nwrong\n")
    #expect(process.waitForEnd() == .exit(0))
    #expect(try Program.run("/bin/sh", ["-c", "echo $0", "a b\"c"]).output == "a b\"c\n")
  }

  /// Here Foundation's `Process` reads beyond its list of open files, as AddressSanitizer shows.
  @Test func filesOfThisProcessStayItsOwn() throws {
    var opened: [Int32] = []
    defer { for file in opened { close(file) } }
    var limit = rlimit()
    try #require(getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
    // Other tests need some.
    for _ in 0..<min(3000, Int(limit.rlim_cur) / 2) {
      let file = open("/dev/null", O_RDONLY)
      guard file >= 0 else { break }
      opened.append(file)
    }
    let list = try Program.run("/bin/sh", ["-c", "ls /proc/$$/fd"])
    #expect(list.output == "0\n1\n2\n")
  }

  @Test func signalsReachTheGroup() async throws {
    var command = ChildProcess.Command("/bin/sh", ["-c", "sleep 1000 & echo $!; wait"])
    let output = Pipe()
    command.output = .pipe(output)
    let process = try ChildProcess(command)
    let line = output.fileHandleForReading.availableData
    let number = try #require(Int32(String(decoding: line, as: UTF8.self).trimmingCharacters(in: .newlines)))
    #expect(getpgid(number) == process.processID)
    process.signal(SIGTERM, group: true)
    #expect(await process.end() == .signal(SIGTERM))
    try await eventually("the other ends, too") { kill(number, 0) != 0 }
  }

  @Test(arguments: [true, false])
  func whatIsLeftRunningEndsWhenWanted(_ isWanted: Bool) async throws {
    var command = ChildProcess.Command("/bin/sh", ["-c", "sleep 1000 > /dev/null & echo $!"])
    let output = Pipe()
    command.output = .pipe(output)
    command.endsGroup = isWanted
    let process = try ChildProcess(command)
    let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    let number = try #require(Int32(text.trimmingCharacters(in: .newlines)))
    #expect(await process.end() == .exit(0))
    if isWanted {
      try await eventually("what is left ends") { kill(number, 0) != 0 }
    } else {
      #expect(kill(number, SIGKILL) == 0)
    }
  }

  /// They are passed over here, as a server passes over them.
  @Test func signalsThatThisProcessPassesOverEndTheProgram() async throws {
    signal(SIGPIPE, SIG_IGN)
    #expect(
      try await ChildProcess(.init("/bin/sh", ["-c", "kill -PIPE $$; exit 3"])).end() == .signal(SIGPIPE))
  }
}
