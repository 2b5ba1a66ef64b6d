import Store

/// The tables of who may do what, and of who did what.
enum AccessMigrations {
  static let all = [
    Migration(
      part: "access", number: 1,
      statements: """
        CREATE TABLE governed_lake (
          workspace TEXT NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
          lake TEXT NOT NULL,
          governed_by TEXT NOT NULL,
          governed_at BIGINT NOT NULL,
          PRIMARY KEY (workspace, lake)
        );
        CREATE TABLE lake_grant (
          workspace TEXT NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
          place TEXT NOT NULL,
          holder TEXT NOT NULL,
          privilege TEXT NOT NULL,
          granted_by TEXT NOT NULL,
          granted_at BIGINT NOT NULL,
          PRIMARY KEY (workspace, place, holder, privilege)
        );
        CREATE TABLE member_group (
          workspace TEXT NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
          name TEXT NOT NULL,
          summary TEXT NOT NULL,
          PRIMARY KEY (workspace, name)
        );
        CREATE TABLE group_member (
          workspace TEXT NOT NULL,
          name TEXT NOT NULL,
          username TEXT NOT NULL,
          PRIMARY KEY (workspace, name, username),
          FOREIGN KEY (workspace, name) REFERENCES member_group (workspace, name) ON DELETE CASCADE,
          FOREIGN KEY (workspace, username) REFERENCES member (workspace, username) ON DELETE CASCADE
        );
        CREATE TABLE folder (
          workspace TEXT NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
          name TEXT NOT NULL,
          summary TEXT NOT NULL,
          created_by TEXT NOT NULL,
          created_at BIGINT NOT NULL,
          PRIMARY KEY (workspace, name)
        );
        CREATE TABLE folder_right (
          workspace TEXT NOT NULL,
          folder TEXT NOT NULL,
          holder TEXT NOT NULL,
          level TEXT NOT NULL CHECK (level IN ('owner', 'write', 'read')),
          PRIMARY KEY (workspace, folder, holder),
          FOREIGN KEY (workspace, folder) REFERENCES folder (workspace, name) ON DELETE CASCADE
        );
        CREATE TABLE audit (
          id TEXT PRIMARY KEY,
          workspace TEXT NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
          happened_at BIGINT NOT NULL,
          username TEXT NOT NULL,
          operation TEXT NOT NULL,
          action_kind TEXT NOT NULL,
          resource TEXT,
          parameters TEXT NOT NULL
        );
        CREATE INDEX audit_workspace ON audit (workspace, id);
        CREATE INDEX audit_time ON audit (happened_at);
        """)
  ]
}
