import Foundation
import Testing

@testable import Terminal

@Suite struct ByteOutputTests {
  @Test func textIsKeptBackUntilItIsFlushed() throws {
    let pipe = try #require(WakePipe())
    let output = ByteOutput(descriptor: pipe.writeEnd, name: "pipe", capacity: 8)
    try output.write("abc")
    #expect(output.contents == "abc")
    try output.write("defghi")
    #expect(output.contents == "")
    #expect(output.count == 9)
    #expect(pipe.receive() == UInt8(ascii: "a"))
  }

  @Test func aReaderThatGoesAwayIsNoError() throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    let output = ByteOutput(descriptor: ends[1], name: "pipe")
    try output.write("abc")
    close(ends[0])
    try output.flush()
    #expect(output.isReaderGone)
    try output.write("more")
    try output.flush()
    close(ends[1])
  }

  @Test func aFullDiskIsAnError() throws {
    let output = try ByteOutput(creating: "/dev/full")
    try output.write("abc")
    let error = #expect(throws: OutputError.self) { try output.flush() }
    #expect(error?.code == ENOSPC)
    #expect(error?.description == "/dev/full: No space left on device")
    try output.write("abc")
    #expect(throws: OutputError.self) { try output.close() }
  }

  @Test func aFileThatCannotBeMadeIsAnError() {
    let error = #expect(throws: OutputError.self) { try ByteOutput(creating: "/nowhere/at/all.csv") }
    #expect(error?.description == "/nowhere/at/all.csv: No such file or directory")
  }

  @Test func filesAreEmptiedFirst() throws {
    let folder = try ScratchFolder()
    try folder.write("what was there before", to: "a.txt")
    let output = try ByteOutput(creating: folder["a.txt"])
    try output.writeLine("new")
    try output.close()
    try output.close()
    #expect(try folder.read("a.txt") == "new\n")
  }

  @Test func aSlowReaderIsWaitedFor() async throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
    let (reading, writing) = (ends[0], ends[1])
    async let received = BlockingCall.run { FileHandle(fileDescriptor: reading).readDataToEndOfFile().count }
    let output = ByteOutput(descriptor: writing, name: "pipe")
    try output.write(String(repeating: "x", count: 1 << 20))
    try output.flush()
    close(writing)
    #expect(try await received == 1 << 20)
    close(reading)
  }
}
