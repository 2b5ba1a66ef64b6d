import Foundation
import Secrets
import TestKit
import Testing

@Suite struct SecretKeyTests {
  @Test func whatWasSealedOpensThereAlone() throws {
    let key = SecretKey()
    for text in ["", "a", "hidden-word", String(repeating: "é☃", count: 10_000)] {
      let sealed = key.seal(text, for: "here")
      #expect(try key.open(sealed, for: "here") == text)
      #expect(sealed != key.seal(text, for: "here"))
      #expect(throws: SecretsError.self) { try key.open(sealed, for: "there") }
      #expect(throws: SecretsError.self) { try SecretKey().open(sealed, for: "here") }
      for place in [0, 23, 24, sealed.count / 2, sealed.count - 1] {
        var changed = sealed
        changed[place] ^= 1
        #expect(throws: SecretsError.self) { try key.open(changed, for: "here") }
      }
      #expect(throws: SecretsError.self) { try key.open(Array(sealed.dropLast()), for: "here") }
    }
    #expect(throws: SecretsError.self) { try key.open([], for: "here") }
  }

  @Test func theKeyIsMadeOnceAndForItsOwner() async throws {
    let folder = try TemporaryFolder("key")
    let path = folder.path + "/state/secret.key"
    let keys = try await withThrowingTaskGroup(of: SecretKey.self) { group in
      for _ in 0..<16 { group.addTask { try SecretKey.kept(at: path) } }
      return try await group.reduce(into: [SecretKey]()) { $0.append($1) }
    }
    let sealed = keys[0].seal("x", for: "p")
    for key in keys { #expect(try key.open(sealed, for: "p") == "x") }
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/state") == ["secret.key"])
  }

  @Test func aKeyIsNeverShown() throws {
    let text = Data((0..<32).map { UInt8($0) }).base64EncodedString()
    let key = try SecretKey(base64: text)
    #expect("\(key)" == "SecretKey")
    #expect(String(reflecting: key) == "SecretKey")
    var dumped = ""
    dump(key, to: &dumped)
    #expect(!dumped.contains("31"))
    let error = #expect(throws: SecretsError.self) { () throws in try SecretKey(base64: "c2hvcnQ=") }
    #expect(error?.description.contains("c2hvcnQ") == false)
  }

  @Test func hashesAreSHA256() {
    // FIPS 180-2, appendix B.1.
    #expect(BearerToken("abc").hash == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    let tokens = (0..<100).map { _ in BearerToken() }
    #expect(Set(tokens).count == 100)
    #expect(tokens.allSatisfy { $0.text.hasPrefix("tarn_") && $0.text.utf8.count == 45 })
  }
}
