internal import Accounts
internal import JSON
internal import LakeSettings
internal import Secrets

/// What libraries want to know to reach a bucket: one that a resource describes, or a workspace's storages as this server shows
/// them.
struct BucketSettings: Sendable {
  private let host: String
  private let region: String
  private let keyID: String
  private let secret: String
  private let isPathStyle: Bool
  private let useTLS: Bool
  /// The bucket that is meant when none is named; nil for those of resources, which name theirs.
  private let bucket: String?

  /// Of a bucket with credentials of its own.
  init(_ bucket: S3Storage) {
    region = bucket.region ?? "us-east-1"
    host = bucket.endpoint ?? "s3.\(region).amazonaws.com"
    if case .value(let text) = bucket.keyID { keyID = text } else { keyID = "" }
    if case .value(let text) = bucket.secret { secret = text } else { secret = "" }
    isPathStyle = bucket.pathStyle
    useTLS = bucket.useTLS
    self.bucket = nil
  }

  /// Of the workspace's storages, with a key that ends with the sender's token.
  init(storagesFor api: APIRequest, token: BearerToken) {
    let address = api.request.ownAddress
    let key = api.accounts.objectKey(of: token)
    region = "us-east-1"
    host = "\(address.host)/api/w/\(api.workspace)/s3_proxy"
    keyID = key.id
    secret = key.secret
    isPathStyle = true
    useTLS = address.isSecure
    bucket = Storages.defaultAlias
  }

  private var url: String { "\(useTLS ? "https" : "http")://\(host)" }

  private func json(_ pairs: KeyValuePairs<String, JSONValue>) -> JSONValue {
    var object = JSONObject()
    for (name, value) in pairs { object[name] = value }
    if let bucket { object["s3_bucket"] = .string(bucket) }
    return .object(object)
  }

  /// For DuckDB: statements that set up its `httpfs`.
  var duckDB: JSONValue {
    func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }
    let settings = """
      SET s3_url_style=\(quoted(isPathStyle ? "path" : "vhost"));
      SET s3_region=\(quoted(region));
      SET s3_endpoint=\(quoted(host));
      SET s3_use_ssl=\(useTLS ? 1 : 0);
      SET s3_access_key_id=\(quoted(keyID));
      SET s3_secret_access_key=\(quoted(secret));
      """
    return json(["connection_settings_str": .string(settings)])
  }

  /// For Polars, and for `s3fs`.
  var polars: JSONValue {
    json([
      "s3fs_args": .object(
        JSONObject(pairs: [
          "endpoint_url": .string(url), "key": .string(keyID), "secret": .string(secret),
          "use_ssl": .bool(useTLS), "cache_regions": .bool(false),
          "client_kwargs": .object(JSONObject(pairs: ["region_name": .string(region)])),
        ])),
      "storage_options": .object(
        JSONObject(pairs: [
          "aws_endpoint_url": .string(url), "aws_access_key_id": .string(keyID),
          "aws_secret_access_key": .string(secret), "aws_region": .string(region),
          "aws_allow_http": .string(useTLS ? "false" : "true"),
        ])),
    ])
  }

  /// As a resource of type `s3` has it.
  var resource: JSONValue {
    json([
      "bucket": .optional(bucket), "region": .string(region), "endPoint": .string(host),
      "useSSL": .bool(useTLS), "pathStyle": .bool(isPathStyle), "accessKey": .string(keyID),
      "secretKey": .string(secret),
    ])
  }
}
