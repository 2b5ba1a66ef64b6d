public import Store

/// The tables of workspaces and what they keep.
public enum AccountMigrations {
  public static let all = own + AccessMigrations.all

  private static let own = [
    Migration(
      part: "accounts", number: 1,
      statements: """
        CREATE TABLE workspace (
          id TEXT PRIMARY KEY,
          name TEXT NOT NULL,
          created_at BIGINT NOT NULL
        );
        CREATE TABLE member (
          workspace TEXT NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
          username TEXT NOT NULL,
          email TEXT NOT NULL,
          role TEXT NOT NULL CHECK (role IN ('admin', 'developer', 'operator', 'viewer')),
          created_at BIGINT NOT NULL,
          PRIMARY KEY (workspace, username)
        );
        CREATE TABLE token (
          hash TEXT PRIMARY KEY,
          prefix TEXT NOT NULL,
          label TEXT NOT NULL,
          workspace TEXT NOT NULL,
          username TEXT NOT NULL,
          scopes TEXT,
          created_at BIGINT NOT NULL,
          expires_at BIGINT,
          FOREIGN KEY (workspace, username) REFERENCES member (workspace, username) ON DELETE CASCADE
        );
        CREATE INDEX token_expires ON token (expires_at) WHERE expires_at IS NOT NULL;
        CREATE TABLE sealed_value (
          workspace TEXT NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
          kind TEXT NOT NULL CHECK (kind IN ('variable', 'resource')),
          path TEXT NOT NULL,
          sealed BYTES NOT NULL,
          type TEXT NOT NULL,
          description TEXT NOT NULL,
          changed_by TEXT NOT NULL,
          changed_at BIGINT NOT NULL,
          PRIMARY KEY (workspace, kind, path)
        );
        CREATE TABLE script (
          workspace TEXT NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
          hash TEXT NOT NULL,
          path TEXT NOT NULL,
          version BIGINT NOT NULL,
          language TEXT NOT NULL,
          content TEXT NOT NULL,
          summary TEXT NOT NULL,
          is_archived BOOLEAN NOT NULL,
          created_by TEXT NOT NULL,
          created_at BIGINT NOT NULL,
          PRIMARY KEY (workspace, path, version)
        );
        CREATE INDEX script_hash ON script (workspace, hash);
        """),
    // What a script takes, as a JSON Schema; null where nobody has looked.
    Migration(part: "script-schemas", number: 1, statements: "ALTER TABLE script ADD COLUMN schema TEXT;"),
    Migration(
      part: "script-descriptions", number: 1, statements: "ALTER TABLE script ADD COLUMN description TEXT;"),
  ]
}
