internal import JSON
internal import LakeSettings

/// What libraries want to know of a bucket that a resource describes.
struct BucketSettings {
  private let storages: Storages

  init(_ storages: Storages) { self.storages = storages }

  /// - Parameter kind: `duckdb` or `polars`.
  func json(_ path: String, _ api: APIRequest, for kind: String) async throws -> JSONValue {
    let bucket = try await storages.bucket(path, for: api)
    var (keyID, secret) = ("", "")
    if case .value(let text) = bucket.keyID { keyID = text }
    if case .value(let text) = bucket.secret { secret = text }
    let region = bucket.region ?? "us-east-1"
    let host = bucket.endpoint ?? "s3.\(region).amazonaws.com"
    guard kind == "polars" else {
      func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }
      let settings = """
        SET s3_url_style=\(quoted(bucket.pathStyle ? "path" : "vhost"));
        SET s3_region=\(quoted(region));
        SET s3_endpoint=\(quoted(host));
        SET s3_use_ssl=\(bucket.useTLS ? 1 : 0);
        SET s3_access_key_id=\(quoted(keyID));
        SET s3_secret_access_key=\(quoted(secret));
        """
      return .object(JSONObject(pairs: ["connection_settings_str": .string(settings)]))
    }
    let url = "\(bucket.useTLS ? "https" : "http")://\(host)"
    return .object(
      JSONObject(pairs: [
        "s3fs_args": .object(
          JSONObject(pairs: [
            "endpoint_url": .string(url), "key": .string(keyID), "secret": .string(secret),
            "use_ssl": .bool(bucket.useTLS), "cache_regions": .bool(false),
            "client_kwargs": .object(JSONObject(pairs: ["region_name": .string(region)])),
          ])),
        "storage_options": .object(
          JSONObject(pairs: [
            "aws_endpoint_url": .string(url), "aws_access_key_id": .string(keyID),
            "aws_secret_access_key": .string(secret), "aws_region": .string(region),
            "aws_allow_http": .string(bucket.useTLS ? "false" : "true"),
          ])),
      ]))
  }
}
