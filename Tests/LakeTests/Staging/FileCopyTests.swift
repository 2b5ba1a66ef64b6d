import Foundation
import TestKit
import Testing

@testable import Lake

@Suite struct FileCopyTests {
  @Test(arguments: [0, 1, 4096, 3_000_001]) func copiesAreTheSame(_ size: Int) throws {
    let folder = try TemporaryFolder("copy")
    let bytes = Data((0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) })
    try bytes.write(to: URL(fileURLWithPath: folder["a"]))
    try FileCopy.copy(folder["a"], to: folder["b"])
    #expect(try Data(contentsOf: URL(fileURLWithPath: folder["b"])) == bytes)
    // Nothing is written over.
    #expect(throws: POSIXError(.EEXIST)) { try FileCopy.copy(folder["a"], to: folder["b"]) }
    #expect(throws: POSIXError(.ENOENT)) { try FileCopy.copy(folder["none"], to: folder["c"]) }
    #expect(!folder.exists("c"))
  }
}
