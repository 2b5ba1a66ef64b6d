internal import HTTPServer

/// What each route takes and gives. What may ask for it stands with the route itself.
enum OpenAPIOperations {
  static let all = jobs + runs + states + loads + scripts + values + files + objects + access + others

  private static let job: APISchema = .object([
    "id": .string, "type": .string, "workspace_id": .string, "state": .string, "running": .boolean,
    "created_by": .string, "created_at": .string, "started_at?": .string, "job_kind": .string,
    "script_path?": .string, "language": .string, "tag": .string, "canceled": .boolean, "progress?": .integer,
    "duration_ms?": .integer, "success?": .boolean, "args?": .any, "result?": .any,
  ])

  private static let runQuery: KeyValuePairs = [
    "scheduled_in_secs": "Begin so many seconds later.", "tag": "Which workers take it.",
    "parent_job": "The job that asks.", "root_job": "The first of the chain.",
  ]

  private static let code: APIContent = .json(
    .object([
      "content": .string, "language": .string, "args?": .dictionary, "path?": .string, "tag?": .string,
    ]))

  private static let runs: [APIOperation] = [
    .init(
      .post, "jobs/run_inline/preview", "Runs a text and answers with its result.", tag: "run", body: code,
      answer: .json(.any)),
    .init(
      .post, "jobs/run_wait_result/preview", "Runs a text and answers with its result.", tag: "run",
      body: code,
      answer: .json(.any)),
    .init(
      .post, "jobs/run/preview", "Runs a text; answers with the job's id.", tag: "run", query: runQuery,
      body: code,
      status: 201, answer: .text),
    .init(
      .post, "jobs/run_wait_result/p/{path...}", "Runs a script and answers with its result.", tag: "run",
      query: runQuery, body: .json(.dictionary), answer: .json(.any)),
    .init(
      .post, "jobs/run_wait_result/script/{path...}", "Runs a script and answers with its result.",
      tag: "run",
      query: runQuery, body: .json(.dictionary), answer: .json(.any)),
    .init(
      .post, "jobs/run/p/{path...}", "Runs a script; answers with the job's id.", tag: "run", query: runQuery,
      body: .json(.dictionary), status: 201, answer: .text),
    .init(
      .post, "jobs/run/h/{hash}", "Runs one version of a script; answers with the job's id.", tag: "run",
      query: runQuery, body: .json(.dictionary), status: 201, answer: .text),
    .init(
      .post, "load", "Loads rows into a table of a lake.", tag: "run",
      query: [
        "into": "[LAKE/]SCHEMA.", "table": "The table.",
        "write_disposition": "append, replace, merge or skip.",
        "strategy": "How rows are merged or replaced.", "primary_key": "Columns, with commas.",
        "merge_key": "Columns, with commas.",
        "schema_contract": "evolve, freeze, discard_row or discard_value.",
        "bad_rows": "stop or set_aside.", "max_table_nesting": "How many levels become tables.",
        "pipeline": "The name of the books.",
        "format": "jsonl, json, csv, tsv or parquet; else Content-Type tells.",
        "key": "What the delivery is known by: under one key, rows are written once.",
        "wait": "false: answer with the job's id (201) once the rows are stored.",
      ], body: .bytes,
      answer: .json(
        .object([
          "loadID": .string, "snapshot?": .integer, "repeated": .boolean, "lake": .string, "dataset": .string,
          "tables": .array(.object(["name": .string, "rows": .integer])),
          "schemaChanges": .array(.dictionary),
          "notices": .array(.string), "skippedFiles": .array(.string), "rejectedRows": .integer,
        ]))),
  ]

  private static let states: [APIOperation] = [
    .init(
      .get, "jobs/flow/user_states/{id}/{key}", "A value that the jobs of a run share.", tag: "jobs",
      answer: .json(.any)),
    .init(
      .post, "jobs/flow/user_states/{id}/{key}", "Keeps a value that the jobs of a run share.", tag: "jobs",
      body: .json(.any), answer: .json(.null)),
    .init(
      .post, "assets/record_materialization", "Notes what became of a part of a table.", tag: "assets",
      body: .json(
        .object([
          "asset_kind": .string, "asset_path": .string, "partition?": .string, "status": .string,
          "snapshot_id?": .integer, "row_count?": .integer, "job_id?": .string, "error?": .string,
        ])), answer: .json(.null)),
    .init(
      .get, "assets/partitions", "What was noted of a table.", tag: "assets",
      query: ["path": "The table: LAKE/TABLE."],
      answer: .json(
        .array(
          .object(["asset_path": .string, "partition": .string, "status": .string, "snapshot_id?": .integer]))
      )),
  ]

  private static let loads: [APIOperation] = [
    .init(
      .post, "load", "Loads the rows of the body into a table.", tag: "load",
      query: [
        "into": "The schema: [LAKE/]SCHEMA.", "table": "The table.",
        "write_disposition": "append, replace or merge.", "strategy": "How rows are merged.",
        "primary_key": "Columns, with commas.", "merge_key": "Columns, with commas.",
        "schema_contract": "What becomes of what does not fit.",
        "bad_rows": "What becomes of rows that cannot be read.",
        "max_table_nesting": "How deep child tables go.", "pipeline": "The name of its state.",
        "format": "jsonl, json, csv, tsv or parquet; else Content-Type tells.",
        "key": "What the delivery is known by: sent again, it is not written twice.",
        "wait": "false: answer with the job's id.",
      ], body: .bytes, answer: .json(.dictionary))
  ]

  private static let jobs: [APIOperation] = [
    .init(
      .get, "jobs/list", "Jobs, the newest first.", tag: "jobs",
      query: [
        "running": "true: only those that run.", "success": "true or false: only those that ended so.",
        "script_path_exact": "Only those of one script.", "created_by": "Only those of one member.",
        "page": "From 1.", "per_page": "How many a page has.",
      ], answer: .json(.array(job))),
    .init(.get, "jobs_u/get/{id}", "A job.", tag: "jobs", answer: .json(job)),
    .init(.get, "jobs_u/get_logs/{id}", "What a job has printed.", tag: "jobs", answer: .text),
    .init(
      .get, "jobs_u/getupdate_sse/{id}", "What happens to a job, as it happens.", tag: "jobs",
      query: [
        "log_offset": "Where the log ends that the client has.", "only_result": "true: without the log.",
      ],
      answer: .events),
    .init(
      .get, "jobs_u/get_root_job_id/{id}", "The first job of the chain.", tag: "jobs", answer: .json(.string)),
    .init(.get, "jobs_u/completed/get_result/{id}", "A job's result.", tag: "jobs", answer: .json(.any)),
    .init(
      .get, "jobs_u/completed/get_result_maybe/{id}", "A job's result, if it has one.", tag: "jobs",
      answer: .json(
        .object(["completed": .boolean, "result": .any, "success": .boolean, "started": .boolean]))),
    .init(
      .post, "jobs_u/queue/cancel/{id}", "Ends a job.", tag: "jobs",
      body: .json(.object(["reason?": .string])),
      answer: .text),
    .init(
      .post, "job_metrics/set_progress/{id}", "Notes how far a job is.", tag: "jobs",
      body: .json(.object(["percent": .integer])), answer: .json(.null)),
    .init(
      .get, "job_metrics/get_progress/{id}", "How far a job is, in percent.", tag: "jobs", answer: .json(.any)
    ),
  ]

  private static let script: APISchema = .object([
    "workspace_id": .string, "path": .string, "hash": .string, "version": .integer, "language": .string,
    "content": .string, "summary": .string, "description": .string, "created_by": .string,
    "created_at": .string, "archived": .boolean,
  ])

  private static let scripts: [APIOperation] = [
    .init(
      .post, "scripts/create", "Keeps a new version of a script; answers with its hash.", tag: "scripts",
      body: .json(
        .object([
          "path": .string, "language": .string, "content": .string, "summary?": .string,
          "description?": .string, "schema?": .dictionary, "parent_hash?": .string,
        ])),
      status: 201, answer: .text),
    .init(
      .get, "scripts/get/p/{path...}", "The newest version of a script.", tag: "scripts",
      answer: .json(script)),
    .init(.get, "scripts/get/h/{hash}", "One version of a script.", tag: "scripts", answer: .json(script)),
    .init(
      .get, "scripts/list", "Scripts.", tag: "scripts",
      query: [
        "page": "From 1.", "per_page": "How many a page has.",
        "after": "Only those behind this path, in the order of their paths.",
      ],
      answer: .json(.array(script))),
    .init(
      .post, "scripts/archive/p/{path...}", "Puts a script away.", tag: "scripts",
      query: ["parent_hash": "The hash that its newest version must have."], answer: .text),
  ]

  private static let variable: APISchema = .object([
    "workspace_id": .string, "path": .string, "value?": .string, "is_secret": .boolean,
    "description": .string,
  ])
  private static let resource: APISchema = .object([
    "workspace_id": .string, "path": .string, "value": .any, "resource_type": .string, "description": .string,
  ])

  private static let values: [APIOperation] = [
    .init(
      .get, "variables/get_value/{path...}", "A variable's value.", tag: "variables", answer: .json(.string)),
    .init(
      .get, "variables/get/{path...}", "A variable; a secret without its value.", tag: "variables",
      answer: .json(variable)),
    .init(
      .get, "variables/list", "Variables, without values.", tag: "variables", answer: .json(.array(variable))),
    .init(
      .post, "variables/create", "Makes a variable.", tag: "variables",
      body: .json(
        .object(["path": .string, "value": .string, "is_secret?": .boolean, "description?": .string])),
      status: 201,
      answer: .text),
    .init(
      .post, "variables/update/{path...}", "Changes a variable.", tag: "variables",
      body: .json(.object(["value?": .string, "is_secret?": .boolean, "description?": .string])),
      answer: .text),
    .init(.delete, "variables/delete/{path...}", "Removes a variable.", tag: "variables", answer: .text),
    .init(
      .get, "resources/get_value/{path...}", "A resource's value.", tag: "resources", answer: .json(.any)),
    .init(
      .get, "resources/get_value_interpolated/{path...}",
      "A resource's value, with values in the places of $var: and $res:.", tag: "resources",
      answer: .json(.any)),
    .init(.get, "resources/get/{path...}", "A resource.", tag: "resources", answer: .json(resource)),
    .init(
      .get, "resources/list", "Resources, without values.", tag: "resources",
      query: [
        "resource_type": "Only those of one type.", "page": "From 1.", "per_page": "How many a page has.",
        "after": "Only those behind this path, in the order of their paths.",
      ],
      answer: .json(.array(resource))),
    .init(
      .post, "resources/create", "Makes a resource.", tag: "resources",
      query: ["update_if_exists": "true: changes one that is there."],
      body: .json(
        .object(["path": .string, "value": .any, "resource_type": .string, "description?": .string])),
      status: 201,
      answer: .text),
    .init(
      .post, "resources/update_value/{path...}", "Changes a resource's value.", tag: "resources",
      body: .json(.object(["value": .any])), answer: .text),
    .init(
      .post, "resources/update/{path...}", "Changes a resource.", tag: "resources",
      body: .json(.object(["value?": .any, "resource_type?": .string, "description?": .string])),
      answer: .text),
    .init(.delete, "resources/delete/{path...}", "Removes a resource.", tag: "resources", answer: .text),
  ]

  private static let place: KeyValuePairs = [
    "file_key": "The file's path.", "storage": "Which storage; else the default one.",
    "s3_resource_path": "A resource that describes a bucket, instead of a storage.",
  ]
  private static let bucket: APIContent = .json(.object(["s3_resource_path": .string]))

  private static let files: [APIOperation] = [
    .init(.get, "job_helpers/download_s3_file", "A file.", tag: "files", query: place, answer: .bytes),
    .init(
      .post, "job_helpers/upload_s3_file", "Writes a file.", tag: "files",
      query: [
        "file_key": "The file's path; else one is made up.",
        "storage": "Which storage; else the default one.",
        "s3_resource_path": "A resource that describes a bucket.", "content_type": "Its media type.",
        "file_extension": "Of a path that is made up.",
      ], body: .bytes, answer: .json(.object(["file_key": .string]))),
    .init(
      .delete, "job_helpers/delete_s3_file", "Removes a file.", tag: "files", query: place,
      answer: .json(.null)),
    .init(
      .get, "job_helpers/list_stored_files", "Files, in the order of their paths.", tag: "files",
      query: [
        "prefix": "Only those whose paths begin so.", "max_keys": "At most so many.",
        "marker": "Only those behind this one.", "storage": "Which storage; else the default one.",
        "s3_resource_path": "A resource that describes a bucket.",
      ],
      answer: .json(
        .object([
          "next_marker?": .string,
          "windmill_large_files": .array(.object(["s3": .string, "size": .integer])),
        ]))),
    .init(
      .get, "job_helpers/load_file_metadata", "What a file is.", tag: "files", query: place,
      answer: .json(.object(["mime_type?": .string, "size_in_bytes": .integer, "last_modified": .string]))),
    .init(
      .post, "apps/sign_s3_objects", "Links to files, good for a time.", tag: "files",
      body: .json(.object(["s3_objects": .array(.dictionary), "expiry_secs?": .integer])),
      answer: .json(.array(.dictionary))),
    .init(
      .get, "s3_proxy/{storage}/{key...}",
      "A file, for whoever has a link to it; signed as Amazon's S3 wants it also GetObject and ListParts.",
      tag: "files",
      query: ["exp": "When the link ends.", "sig": "Its signature."], answer: .bytes),
    .init(
      .post, "job_helpers/v2/duckdb_connection_settings", "How DuckDB reaches a bucket.", tag: "files",
      body: bucket,
      answer: .json(.object(["connection_settings_str": .string]))),
    .init(
      .post, "job_helpers/v2/polars_connection_settings", "How Polars reaches a bucket.", tag: "files",
      body: bucket,
      answer: .json(.object(["s3fs_args": .dictionary, "storage_options": .dictionary]))),
    .init(
      .post, "job_helpers/v2/s3_resource_info", "The resource of a bucket.", tag: "files", body: bucket,
      answer: .json(.any)),
  ]

  private static let whoAmI: APISchema = .object([
    "email": .string, "username": .string, "workspace_id": .string, "role": .string, "is_admin": .boolean,
    "operator": .boolean,
  ])

  private static let others: [APIOperation] = [
    .init(.get, "/api/users/whoami", "Who asks.", tag: "members", answer: .json(whoAmI)),
    .init(.get, "users/whoami", "Who asks.", tag: "members", answer: .json(whoAmI)),
    .init(
      .get, "workspaces/list_datatables", "Data tables.", tag: "data tables",
      answer: .json(
        .array(.object(["name": .string, "resource_type": .string, "resource_path": .string])))),
    .init(
      .post, "workspaces/edit_datatable_config", "Names the workspace's data tables.", tag: "data tables",
      body: .json(.object(["settings": .object(["datatables": .dictionary])])), answer: .text),
    .init(
      .get, "/api/workers/list", "The workers that take jobs.", tag: "server",
      answer: .json(
        .array(
          .object([
            "worker": .string, "custom_tags": .array(.string), "started_at": .string, "ping_at": .string,
          ])))),
    .init(.get, "/api/version", "The server's version.", tag: "server", answer: .text),
    .init(.get, "/api/openapi.json", "This document.", tag: "server", answer: .json(.dictionary)),
    .init(.get, "/healthz", "Whether the process lives.", tag: "server", answer: .text),
    .init(.get, "/readyz", "Whether the store answers.", tag: "server", answer: .text),
    .init(.get, "/metrics", "What the server counts, for Prometheus.", tag: "server", answer: .text),
  ]
}
