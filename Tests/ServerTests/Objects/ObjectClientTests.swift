import Accounts
import Foundation
import JSON
import Jobs
import LakeSettings
import TestKit
import Testing

/// A workspace's storages by S3's protocol, with the programs that people use: boto3, Polars, PyArrow, DuckDB.
@Suite(.enabled(if: WmillPackage.isInstalled, "scripts/setup-tests puts the packages in place"))
struct ObjectClientTests {
  enum Place: String, CaseIterable, Sendable {
    case folder, bucket

    static var usable: [Place] { TestS3.isInstalled ? allCases : [.folder] }

    func storages() async throws -> [String: Storage] {
      switch self {
      case .folder: ["other": .folder(NSTemporaryDirectory() + "/tarn-objects-\(UUID().uuidString)")]
      case .bucket:
        [Storage.defaultName: .s3(try await TestS3.storage()), "other": .s3(try await TestS3.storage())]
      }
    }
  }

  @Test(arguments: Place.usable) func `boto3 in a job, with the settings of the package wmill`(place: Place)
    async throws
  {
    try await ServerLab.with(python: WmillPackage.python, storages: try await place.storages()) {
      lab async throws in
      let answer = try await lab.query(
        """
        import boto3, io, os, wmill
        from botocore.config import Config
        from botocore.exceptions import ClientError
        def code(call, **arguments):
            try:
                call(**arguments)
                return "none"
            except ClientError as error:
                return error.response["Error"]["Code"]
        def main():
            s3 = boto3.client("s3", **wmill.boto3_connection_settings())
            out = {}
            B = "_default_"
            s3.put_object(Bucket=B, Key="plain/ä b+c=d%.txt", Body=b"hello", ContentType="text/plain")
            got = s3.get_object(Bucket=B, Key="plain/ä b+c=d%.txt")
            out["plain"] = [got["Body"].read().decode(), got["ContentLength"]]
            out["empty"] = s3.put_object(Bucket=B, Key="plain/empty", Body=b"")["ResponseMetadata"]["HTTPStatusCode"]
            out["range"] = s3.get_object(Bucket=B, Key="plain/ä b+c=d%.txt", Range="bytes=1-3")["Body"].read().decode()
            out["end"] = s3.get_object(Bucket=B, Key="plain/ä b+c=d%.txt", Range="bytes=-2")["Body"].read().decode()
            out["beyond"] = code(s3.get_object, Bucket=B, Key="plain/ä b+c=d%.txt", Range="bytes=9-")
            large = os.urandom(21_000_000)
            s3.upload_fileobj(io.BytesIO(large), B, "large.bin")
            body = io.BytesIO()
            s3.download_fileobj(B, "large.bin", body)
            out["large"] = body.getvalue() == large
            head = s3.head_object(Bucket=B, Key="large.bin")
            out["head"] = head["ContentLength"]
            for day in range(3):
                for name in ["a", "b"]:
                    s3.put_object(Bucket=B, Key=f"t/day={day}/{name}.txt", Body=name.encode() * 3)
            pages = s3.get_paginator("list_objects_v2").paginate(Bucket=B, Prefix="t/", PaginationConfig={"PageSize": 4})
            out["keys"] = [o["Key"] for p in pages for o in p.get("Contents", [])]
            pages = list(s3.get_paginator("list_objects_v2").paginate(Bucket=B, Prefix="t/", Delimiter="/", PaginationConfig={"PageSize": 2}))
            out["folders"] = [[c["Prefix"] for c in p.get("CommonPrefixes", [])] for p in pages]
            out["first"] = [o["Key"] for o in s3.list_objects(Bucket=B, Prefix="t/day=1/", MaxKeys=1)["Contents"]]
            s3.copy_object(Bucket=B, Key="copied", CopySource={"Bucket": B, "Key": "t/day=0/a.txt"})
            out["copied"] = s3.get_object(Bucket=B, Key="copied")["Body"].read().decode()
            gone = s3.delete_objects(Bucket=B, Delete={"Objects": [{"Key": "t/day=0/a.txt"}, {"Key": "t/day=0/b.txt"}, {"Key": "no/such"}]})
            out["gone"] = [len(gone["Deleted"]), s3.list_objects_v2(Bucket=B, Prefix="t/")["KeyCount"]]
            s3.delete_object(Bucket=B, Key="copied")
            out["missing"] = [code(s3.get_object, Bucket=B, Key="copied"), code(s3.head_object, Bucket=B, Key="copied")]
            out["bucket"] = [code(s3.head_bucket, Bucket=B), code(s3.list_objects_v2, Bucket="nowhere"), code(s3.create_bucket, Bucket="mine")]
            out["dots"] = code(s3.put_object, Bucket=B, Key="a/./b", Body=b"")
            s3.put_object(Bucket="other", Key="there", Body=b"elsewhere")
            out["other"] = [code(s3.get_object, Bucket=B, Key="there"), s3.get_object(Bucket="other", Key="there")["Body"].read().decode()]
            # In parts, by hand: one is sent twice, one upload is given up.
            part = os.urandom(5 << 20)
            up = s3.create_multipart_upload(Bucket=B, Key="parts.bin")["UploadId"]
            def send(number, body, upload=up):
                return {"PartNumber": number, "ETag": s3.upload_part(Bucket=B, Key="parts.bin", UploadId=upload, PartNumber=number, Body=body)["ETag"]}
            old = send(1, b"x" * (5 << 20))
            first, last = send(1, part), send(3, b"end")
            listed = s3.list_parts(Bucket=B, Key="parts.bin", UploadId=up)["Parts"]
            out["listed"] = [[p["PartNumber"], p["Size"]] for p in listed]
            out["uploads"] = [u["Key"] for u in s3.list_multipart_uploads(Bucket=B)["Uploads"]]
            def complete(parts, upload=up):
                return s3.complete_multipart_upload(Bucket=B, Key="parts.bin", UploadId=upload, MultipartUpload={"Parts": parts})
            out["wrong"] = [code(complete, parts=[old, last]), code(complete, parts=[last, first]), code(complete, parts=[first], upload="no-such-upload")]
            out["hidden"] = code(s3.head_object, Bucket=B, Key="parts.bin")
            complete([first, last])
            out["whole"] = s3.get_object(Bucket=B, Key="parts.bin")["Body"].read() == part + b"end"
            up = s3.create_multipart_upload(Bucket=B, Key="parts.bin")["UploadId"]
            send(1, b"never", up)
            s3.abort_multipart_upload(Bucket=B, Key="parts.bin", UploadId=up)
            out["aborted"] = code(s3.list_parts, Bucket=B, Key="parts.bin", UploadId=up)
            # Bodies in pieces, each signed, and signed as a whole.
            for number, form in enumerate([{"payload_signing_enabled": True}, {"payload_signing_enabled": False}]):
                other = boto3.client("s3", config=Config(s3=form, request_checksum_calculation="when_required"), **wmill.boto3_connection_settings())
                other.put_object(Bucket=B, Key=f"form{number}", Body=b"same" * 1000)
                out[f"form{number}"] = other.get_object(Bucket=B, Key=f"form{number}")["Body"].read() == b"same" * 1000
            # An address that anybody may use for a time.
            import urllib.request
            signer = boto3.client("s3", config=Config(signature_version="s3v4"), **wmill.boto3_connection_settings())
            url = signer.generate_presigned_url("get_object", Params={"Bucket": B, "Key": "plain/ä b+c=d%.txt"}, ExpiresIn=60)
            out["address"] = urllib.request.urlopen(url).read().decode()
            return out
        """, language: "python3")
      let got = try #require(answer.json?.object, "\(answer.text)")
      let expected: KeyValuePairs<String, String> = [
        "plain": #"["hello",5]"#, "empty": "200", "range": #""ell""#, "end": #""lo""#,
        "beyond": #""InvalidRange""#, "large": "true", "head": "21000000",
        "keys":
          #"["t/day=0/a.txt","t/day=0/b.txt","t/day=1/a.txt","t/day=1/b.txt","t/day=2/a.txt","t/day=2/b.txt"]"#,
        "folders": #"[["t/day=0/","t/day=1/"],["t/day=2/"]]"#, "first": #"["t/day=1/a.txt"]"#,
        "copied": #""aaa""#, "gone": "[3,4]", "missing": #"["NoSuchKey","404"]"#,
        "bucket": #"["none","NoSuchBucket","AccessDenied"]"#, "dots": #""400""#,
        "other": #"["NoSuchKey","elsewhere"]"#, "listed": "[[1,5242880],[3,3]]", "uploads": #"["parts.bin"]"#,
        "wrong": #"["InvalidPart","InvalidPartOrder","NoSuchUpload"]"#, "hidden": #""404""#, "whole": "true",
        "aborted": #""NoSuchUpload""#, "form0": "true", "form1": "true", "address": #""hello""#,
      ]
      for (name, text) in expected { #expect(got[name]?.text == text, "\(name)") }
      let list = try await lab.send("GET", "/w/main/job_helpers/list_stored_files?prefix=t/day=1")
      #expect(
        list.text
          == #"{"next_marker":null,"windmill_large_files":[{"s3":"t/day=1/a.txt","size":3},{"s3":"t/day=1/b.txt","size":3}]}"#
      )
    }
  }

  @Test(.enabled(if: FramesPackages.isInstalled), arguments: Place.usable)
  func `Polars and PyArrow in a job`(place: Place) async throws {
    try await ServerLab.with(python: FramesPackages.python, storages: try await place.storages()) {
      lab async throws in
      let answer = try await lab.query(
        """
        import json, os, urllib.request
        import polars as pl
        import pyarrow as pa, pyarrow.dataset as ds
        from pyarrow import fs
        def settings():
            url = os.environ["BASE_INTERNAL_URL"] + "/api/w/" + os.environ["WM_WORKSPACE"] + "/job_helpers/v2/polars_connection_settings"
            request = urllib.request.Request(url, b"{}", {"Authorization": "Bearer " + os.environ["WM_TOKEN"], "Content-Type": "application/json"})
            return json.load(urllib.request.urlopen(request))
        def main():
            own = settings()
            out = {}
            options = own["storage_options"]
            frame = pl.DataFrame({"day": [1, 1, 2], "n": [10, 20, 30]})
            frame.write_parquet("s3://_default_/p/day=1/x.parquet", storage_options=options)
            frame.write_parquet("s3://_default_/p/day=2/y.parquet", storage_options=options)
            out["polars"] = pl.scan_parquet("s3://_default_/p/**/*.parquet", storage_options=options, hive_partitioning=False).select(pl.col("n").sum()).collect().item()
            arguments = own["s3fs_args"]
            system = fs.S3FileSystem(access_key=arguments["key"], secret_key=arguments["secret"], region="us-east-1", scheme="http",
                endpoint_override=arguments["endpoint_url"].removeprefix("http://"))
            table = pa.table({"day": [1, 2, 2], "n": [1, 2, 3]})
            ds.write_dataset(table, "_default_/a", filesystem=system, format="parquet", partitioning=ds.partitioning(pa.schema([("day", pa.int64())]), flavor="hive"))
            back = ds.dataset("_default_/a", filesystem=system, format="parquet", partitioning="hive").to_table()
            out["arrow"] = sorted(zip(back["day"].to_pylist(), back["n"].to_pylist()))
            with system.open_output_stream("_default_/large.bin") as stream:
                for number in range(24):
                    stream.write(bytes([number]) * 1_000_000)
            with system.open_input_file("_default_/large.bin") as file:
                file.seek(17_500_000)
                out["large"] = [file.size(), file.read(3)[0]]
            out["files"] = sorted(f.path for f in system.get_file_info(fs.FileSelector("_default_/p", recursive=True)) if f.is_file)
            system.delete_file("_default_/large.bin")
            out["gone"] = system.get_file_info("_default_/large.bin").type == fs.FileType.NotFound
            return out
        """, language: "python3")
      #expect(
        answer.text
          == #"{"polars":120,"arrow":[[1,1],[2,2],[2,3]],"large":[24000000,17],"#
          + #""files":["_default_/p/day=1/x.parquet","_default_/p/day=2/y.parquet"],"gone":true}"#
      )
    }
  }

  /// A member's own token, from outside.
  @Test(.enabled(if: DuckDBPackage.isInstalled), arguments: Place.usable)
  func `DuckDB's own client`(place: Place) async throws {
    try await ServerLab.with(workers: 0, storages: try await place.storages()) { lab async throws in
      let answer = try await lab.send(
        "POST", "/w/main/job_helpers/v2/duckdb_connection_settings", .object(JSONObject()))
      let settings = try #require(answer.json?.object?["connection_settings_str"]?.string)
      #expect(!settings.contains(lab.token.dropFirst(5)))
      let script = """
        import duckdb, sys
        con = duckdb.connect()
        con.execute("SET enable_progress_bar = false")
        con.execute("LOAD '\(Checkout.folder)/lib/tarn/extensions/httpfs.duckdb_extension'")
        con.execute(sys.argv[1])
        con.execute("COPY (SELECT i, i % 3 AS part FROM range(1000) t(i)) TO 's3://_default_/d' (FORMAT parquet, PARTITION_BY (part))")
        con.execute("COPY (SELECT i, random() AS r FROM range(2000000) t(i)) TO 's3://_default_/big.parquet' (ROW_GROUP_SIZE 200000)")
        con.execute("COPY (SELECT 1 AS a, 'x' AS b) TO 's3://_default_/one.csv'")
        print(con.sql("SELECT sum(i), count(DISTINCT part) FROM read_parquet('s3://_default_/d/*/*.parquet', hive_partitioning=true)").fetchall())
        print(con.sql("SELECT count(*), max(i) FROM 's3://_default_/big.parquet'").fetchall())
        print(con.sql("FROM 's3://_default_/one.csv'").fetchall())
        print(len(con.sql("FROM glob('s3://_default_/d/part=1/*')").fetchall()))
        """
      let printed = try await DuckDBPackage.run(script, [settings])
      #expect(printed == "[(499500, 3)]\n[(2000000, 1999999)]\n[(1, 'x')]\n1\n", "\(printed)")
    }
  }
}

enum FramesPackages {
  static let python = Checkout.folder + "/.deps/frames-venv/bin/python"
  static let isInstalled = FileManager.default.fileExists(
    atPath: Checkout.folder + "/.deps/frames-venv/lib/python3.11/site-packages/polars")
}

enum DuckDBPackage {
  private static let python = Checkout.folder + "/.deps/dlt-venv/bin/python"
  static let isInstalled = FileManager.default.fileExists(
    atPath: Checkout.folder + "/.deps/dlt-venv/lib/python3.11/site-packages/duckdb")

  /// - Returns: what the script prints, its errors after it.
  static func run(_ script: String, _ arguments: [String]) async throws -> String {
    let outcome = try await Program.finish(
      python, ["-c", script] + arguments, environment: ["PATH": "/usr/bin:/bin", "PYTHONUTF8": "1"])
    return outcome.output
  }
}
