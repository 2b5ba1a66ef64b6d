internal import HTTPServer

extension OpenAPIOperations {
  /// Storages by S3's protocol. Requests are signed as Amazon wants it (AWS Signature Version 4), with the key that
  /// `…connection_settings` gives.
  static let objects: [APIOperation] = [
    .init(.get, "s3_proxy", "S3's ListBuckets: the storages.", tag: "files", answer: .xml),
    .init(
      .get, "s3_proxy/{storage}",
      "S3's ListObjectsV2, ListObjects, ListMultipartUploads, GetBucketLocation and HeadBucket.",
      tag: "files",
      query: [
        "list-type": "2 for ListObjectsV2.", "prefix": "Only keys that begin so.",
        "delimiter": "What is the same up to it is told as one.", "max-keys": "At most so many.",
        "continuation-token": "Of the page before.", "encoding-type": "url for encoded keys.",
      ], answer: .xml),
    .init(
      .post, "s3_proxy/{storage}", "S3's DeleteObjects.", tag: "files", query: ["delete": "Empty."],
      body: .xml, answer: .xml),
    .init(
      .put, "s3_proxy/{storage}", "Refused: storages are made in tarn.yaml.", tag: "files", answer: .xml),
    .init(
      .delete, "s3_proxy/{storage}", "Refused: storages are removed in tarn.yaml.", tag: "files",
      answer: .xml),
    .init(
      .put, "s3_proxy/{storage}/{key...}", "S3's PutObject, CopyObject and UploadPart.", tag: "files",
      query: ["partNumber": "Of a part.", "uploadId": "Whose part it is."], body: .bytes, answer: .none),
    .init(
      .post, "s3_proxy/{storage}/{key...}", "S3's CreateMultipartUpload and CompleteMultipartUpload.",
      tag: "files", query: ["uploads": "Empty, to begin one.", "uploadId": "Which is to be completed."],
      body: .xml, answer: .xml),
    .init(
      .delete, "s3_proxy/{storage}/{key...}", "S3's DeleteObject and AbortMultipartUpload.", tag: "files",
      query: ["uploadId": "Which is to be given up."], status: 204, answer: .none),
  ]
}
