/// The file that `tarn init` writes.
enum WorkspaceTemplate {
  static let text = """
    # A Tarn workspace: this folder, its lakes and limits. Every key: docs/reference/tarn-yaml.md
    # Secrets never stand here: name an environment variable (…_env) or a file (…_file) instead.

    lakes:
      # The default lake. In SQL it is current, and answers to dl: orders, sales.orders, dl.sales.orders
      main:
        catalog: sqlite          # sqlite (default), duckdb, or a PostgreSQL database, see below
        storage: local           # .tarn/lakes/main/data; or a folder, or s3://bucket/prefix

      # Another lake, with a PostgreSQL catalog and files in a bucket:
      # sales:
      #   catalog:
      #     type: postgresql
      #     host: db.example.com
      #     database: sales_catalog
      #     user: tarn
      #     password_env: SALES_CATALOG_PASSWORD
      #   storage:
      #     url: s3://sales-lake/prod
      #     region: eu-central-1
      #     key_id_env: SALES_KEY_ID
      #     secret_env: SALES_SECRET

    # Files outside lakes that SQL may read and write: folders here, absolute ones, bucket prefixes.
    files:
      - raw/

    # What one query may use. Flags such as --timeout and --memory go first.
    limits:
      timeout: 1h
      # memory: 4GB
      # temp: 50GB
      # threads: 4

    """
}
