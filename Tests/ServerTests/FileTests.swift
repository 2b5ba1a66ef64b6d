import Accounts
import FileStores
import Foundation
import HTTPClient
import JSON
import LakeSettings
import TestKit
import Testing

/// Files of scripts, in a folder and in a bucket.
struct FileTests {
  enum Place: String, CaseIterable, Sendable {
    case folder, bucket

    static var usable: [Place] { TestS3.isInstalled ? allCases : [.folder] }
  }

  @Test func whatAKilledServerWasWritingIsRemoved() async throws {
    let folder = try TemporaryFolder("drafts")
    let files = ["kept", ".tarn-draft-new", ".tarn-draft-old", "a/b/.tarn-draft-old", "a/kept-old"]
    for file in files {
      try folder.write("x", to: file)
      guard file.hasSuffix("old") else { continue }
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSinceNow: -90_000)], ofItemAtPath: folder[file])
    }
    try await FolderStore(folder: folder.path).removeDrafts(olderThan: 86_400)
    #expect(
      files.filter { FileManager.default.fileExists(atPath: folder[$0]) }
        == ["kept", ".tarn-draft-new", "a/kept-old"])
  }

  @Test(
    .enabled(if: WmillPackage.isInstalled, "scripts/setup-tests puts the package wmill in place"),
    arguments: Place.usable)
  func `the package wmill, in a job and from outside`(place: Place) async throws {
    try await withStorage(place) { lab async throws in
      let answer = try await lab.query(
        """
        import io, os, wmill
        from wmill import S3Object
        def main():
            written = wmill.write_s3_file(S3Object(s3="folder/ä b+c.bin"), bytes(range(256)) * 40)
            large = os.urandom(20_000_000)
            wmill.write_s3_file(S3Object(s3="large.bin"), io.BufferedReader(io.BytesIO(large)), content_type="text/x-own")
            with wmill.load_s3_file_reader(S3Object(s3="large.bin")) as reader:
                same = reader.read() == large
            small = wmill.load_s3_file(S3Object(s3="folder/ä b+c.bin"))
            wmill.write_s3_file(S3Object(s3="folder/empty", storage="other"), b"")
            empty = wmill.load_s3_file(S3Object(s3="folder/empty", storage="other"))
            wmill.delete_s3_object(S3Object(s3="large.bin"))
            try:
                wmill.load_s3_file(S3Object(s3="large.bin"))
                gone = False
            except Exception as error:
                gone = "404" in str(error)
            return written["s3"], small == bytes(range(256)) * 40, same, empty == b"", gone
        """, language: "python3")
      #expect(answer.text == #"["folder/ä b+c.bin",true,true,true,true]"#)
      let list = try await lab.send("GET", "/w/main/job_helpers/list_stored_files")
      #expect(
        list.text == #"{"next_marker":null,"windmill_large_files":[{"s3":"folder/ä b+c.bin","size":10240}]}"#)
    }
  }

  @Test(arguments: Place.usable) func `files by HTTP`(place: Place) async throws {
    try await withStorage(place) { lab async throws in
      for (key, text) in [("a/1", "one"), ("a/2", "two"), ("b", "three"), ("a/1", "ONE")] {
        #expect(try await upload(key, text, lab) == #"{"file_key":"\#(key)"}"#)
      }
      let download = "/w/main/job_helpers/download_s3_file?file_key="
      let one = try await lab.send("GET", download + "a/1")
      #expect(one.text == "ONE")
      #expect(one.headers.contains { $0.name.lowercased() == "content-length" && $0.value == "3" })
      let first = try await lab.send("GET", "/w/main/job_helpers/list_stored_files?max_keys=2")
      #expect(
        first.text
          == #"{"next_marker":"a/2","windmill_large_files":[{"s3":"a/1","size":3},{"s3":"a/2","size":3}]}"#)
      let rest = try await lab.send("GET", "/w/main/job_helpers/list_stored_files?max_keys=2&marker=a/2")
      #expect(rest.text == #"{"next_marker":null,"windmill_large_files":[{"s3":"b","size":5}]}"#)
      let prefix = try await lab.send("GET", "/w/main/job_helpers/list_stored_files?prefix=b")
      #expect(prefix.text.contains(#"[{"s3":"b","size":5}]"#))
      let metadata = try await lab.send("GET", "/w/main/job_helpers/load_file_metadata?file_key=b")
      #expect(metadata.json?.object?["size_in_bytes"]?.int == 5)
      for (path, status) in [
        (download + "none", 404), (download + "a", 404), ("/w/main/job_helpers/download_s3_file", 400),
        (download + "../secret.key", 400), (download + "/etc/passwd", 400), (download + "a/../b", 400),
        (download + "b&storage=none", 404), (download + "b&s3_resource_path=f/no/such", 404),
      ] {
        #expect(try await lab.send("GET", path).status == status, "\(path)")
      }
      let viewer = try await lab.token(of: .viewer)
      #expect(try await lab.send("GET", download + "b", token: viewer).status == 403)
      for _ in 0..<2 {
        #expect(try await lab.send("DELETE", "/w/main/job_helpers/delete_s3_file?file_key=b").status == 200)
      }
      #expect(try await lab.send("GET", download + "b").status == 404)
    }
  }

  @Test func `links are good for one file and for a time`() async throws {
    try await withStorage(.folder) { lab async throws in
      _ = try await upload("a b/c", "text", lab)
      _ = try await upload("other", "secret", lab)
      let body = try JSONValue(parsing: #"{"s3_objects":[{"s3":"a b/c"}],"expiry_secs":100}"#)
      let signed = try await lab.send("POST", "/w/main/apps/sign_s3_objects", body)
      let query = try #require(signed.json?.array?.first?.object?["presigned"]?.string)
      let link = "/w/main/s3_proxy/_default_/a%20b/c?\(query)"
      let answer = try await lab.send("GET", link, token: "")
      #expect(answer.status == 200 && answer.text == "text")
      #expect(
        answer.headers.contains { $0.name.lowercased() == "content-security-policy" && $0.value == "sandbox" }
      )
      let later = query.replacing(/exp=\d+/, with: "exp=9999999999")
      for bad in [
        "/w/main/s3_proxy/_default_/other?\(query)", "/w/main/s3_proxy/_default_/a%20b/c?\(later)",
        "/w/main/s3_proxy/_default_/a%20b/c", "/w/main/s3_proxy/second/a%20b/c?\(query)",
        "/w/else/s3_proxy/_default_/a%20b/c?\(query)",
      ] {
        #expect(try await lab.send("GET", bad, token: "").status == 403, "\(bad)")
      }
      // One that was made long ago.
      let old = lab.accounts.signature(of: "file 1000 main _default_ a b/c")
      let sent = try #require(old.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
      let expired = try await lab.send(
        "GET", "/w/main/s3_proxy/_default_/a%20b/c?exp=1000&sig=\(sent)", token: "")
      #expect(expired.status == 403 && expired.text == "this link has expired")
    }
  }

  @Test func `a link in the folder leads nowhere`() async throws {
    try await withStorage(.folder) { lab async throws in
      let storage = lab.folder.path + "/storage"
      try FileManager.default.createDirectory(atPath: storage, withIntermediateDirectories: true)
      try "secret".write(toFile: lab.folder.path + "/outside", atomically: true, encoding: .utf8)
      try FileManager.default.createSymbolicLink(
        atPath: storage + "/file", withDestinationPath: lab.folder.path + "/outside")
      try FileManager.default.createSymbolicLink(
        atPath: storage + "/folder", withDestinationPath: lab.folder.path)
      for key in ["file", "folder/outside"] {
        let answer = try await lab.send("GET", "/w/main/job_helpers/download_s3_file?file_key=\(key)")
        #expect(answer.status == 404, "\(key)")
      }
      #expect(try await uploadStatus("folder/new", lab) == 404)
      #expect(!FileManager.default.fileExists(atPath: lab.folder.path + "/new"))
    }
  }

  @Test(.enabled(if: TestS3.isInstalled, "scripts/setup-tests puts the S3 server in place"))
  func `a bucket that a resource describes`() async throws {
    let bucket = try await TestS3.storage()
    try await withStorage(.folder) { lab async throws in
      let value = JSONObject(pairs: [
        "bucket": .string(bucket.bucket), "region": .string("us-east-1"),
        "endPoint": .string(bucket.endpoint ?? ""),
        "useSSL": .bool(false), "pathStyle": .bool(true), "accessKey": .string(TestS3.keyID),
        "secretKey": .string(TestS3.secret),
      ])
      try await lab.accounts.createResource(
        "f/all/bucket", of: "main", value: JSONValue.object(value).text, type: "s3", description: "",
        by: "ann")
      let key = "resource-\(UUID().uuidString)"
      #expect(
        try await upload(key, "there", lab, more: "&s3_resource_path=f/all/bucket")
          == #"{"file_key":"\#(key)"}"#)
      let path = "/w/main/job_helpers/download_s3_file?file_key=\(key)"
      #expect(try await lab.send("GET", path + "&s3_resource_path=%24res%3Af/all/bucket").text == "there")
      #expect(try await lab.send("GET", path).status == 404)
      let body = try JSONValue(parsing: #"{"s3_resource_path":"f/all/bucket"}"#)
      let duckDB = try await lab.send("POST", "/w/main/job_helpers/v2/duckdb_connection_settings", body)
      #expect(
        duckDB.json?.object?["connection_settings_str"]?.string?.contains("SET s3_url_style='path';") == true)
      let polars = try await lab.send("POST", "/w/main/job_helpers/v2/polars_connection_settings", body)
      #expect(polars.json?.object?["storage_options"]?.object?["aws_region"]?.string == "us-east-1")
      // Without a resource the workspace's own storages are meant: by this server, with none of their credentials.
      let own = try await lab.send(
        "POST", "/w/main/job_helpers/v2/polars_connection_settings", .object(JSONObject()))
      #expect(own.status == 200 && !own.text.contains(TestS3.keyID) && !own.text.contains(TestS3.secret))
    }
  }

  /// The example of Amazon's documentation, "Examples of signature calculations": GET Object.
  @Test func `signatures are Amazon's`() throws {
    let signer = SigV4(
      keyID: "AKIAIOSFODNN7EXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", region: "us-east-1")
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    #expect(SigV4.hex(SigV4.hash([])) == empty)
    let signature = signer.signature(
      method: "GET", path: "/test.txt", query: [],
      headers: [
        ("host", "examplebucket.s3.amazonaws.com"), ("range", "bytes=0-9"), ("x-amz-content-sha256", empty),
        ("x-amz-date", "20130524T000000Z"),
      ], bodyHash: empty, time: "20130524T000000Z")
    #expect(signature == "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
    let list = signer.signature(
      method: "GET", path: "/", query: [("prefix", "J"), ("max-keys", "2")],
      headers: [
        ("host", "examplebucket.s3.amazonaws.com"), ("x-amz-content-sha256", empty),
        ("x-amz-date", "20130524T000000Z"),
      ], bodyHash: empty, time: "20130524T000000Z")
    #expect(list == "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")
  }

  // MARK: Tools

  private func withStorage(
    _ place: Place, _ body: @escaping @Sendable (ServerLab) async throws -> Void
  ) async throws {
    let storages: [String: Storage] =
      switch place {
      case .folder: ["other": .folder(NSTemporaryDirectory() + "/tarn-files-\(UUID().uuidString)")]
      case .bucket:
        [Storage.defaultName: .s3(try await TestS3.storage()), "other": .s3(try await TestS3.storage())]
      }
    defer {
      if case .folder(let path) = storages["other"] { try? FileManager.default.removeItem(atPath: path) }
    }
    try await ServerLab.with(
      python: WmillPackage.isInstalled ? WmillPackage.python : nil, storages: storages, body)
  }

  private func upload(_ key: String, _ text: String, _ lab: ServerLab, more: String = "") async throws
    -> String
  {
    try await send(key, text, lab, more: more).text
  }

  private func uploadStatus(_ key: String, _ lab: ServerLab) async throws -> Int {
    try await send(key, "text", lab).status
  }

  private func send(_ key: String, _ text: String, _ lab: ServerLab, more: String = "") async throws
    -> ServerLab.Answer
  {
    let encoded = key.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? key
    let path = "/api/w/main/job_helpers/upload_s3_file?file_key=\(encoded)\(more)"
    var request = ClientRequest(
      url: try #require(URL(string: lab.base.absoluteString + path)), method: "POST")
    request.setHeader("Authorization", "Bearer " + lab.token)
    request.setHeader("Content-Type", "application/octet-stream")
    request.body = Array(text.utf8)
    let answer = try await lab.transport.send(request)
    return ServerLab.Answer(
      status: answer.status, text: String(decoding: answer.body, as: UTF8.self), headers: answer.headers)
  }
}
