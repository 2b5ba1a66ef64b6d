public import Store

/// The tables of jobs.
public enum JobMigrations {
  public static let all = [
    Migration(
      part: "jobs", number: 1,
      statements: """
        CREATE TABLE job (
          id TEXT PRIMARY KEY,
          workspace TEXT NOT NULL,
          kind TEXT NOT NULL,
          path TEXT,
          script_hash TEXT,
          language TEXT NOT NULL,
          content TEXT NOT NULL,
          arguments TEXT NOT NULL,
          created_by TEXT NOT NULL,
          tag TEXT NOT NULL,
          priority BIGINT NOT NULL,
          state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'success', 'failure', 'cancelled')),
          created_at BIGINT NOT NULL,
          scheduled_for BIGINT NOT NULL,
          started_at BIGINT,
          ended_at BIGINT,
          worker TEXT,
          lease_until BIGINT,
          attempt BIGINT NOT NULL,
          most_attempts BIGINT NOT NULL,
          timeout BIGINT,
          parent TEXT,
          root TEXT,
          progress BIGINT,
          cancelled_by TEXT,
          cancel_reason TEXT,
          result TEXT,
          CHECK ((state = 'running') = (lease_until IS NOT NULL)),
          CHECK ((state IN ('queued', 'running')) = (ended_at IS NULL))
        );
        CREATE INDEX job_queue ON job (priority DESC, scheduled_for, id) WHERE state = 'queued';
        CREATE INDEX job_running ON job (worker, lease_until) WHERE state = 'running';
        CREATE INDEX job_workspace ON job (workspace, id);
        CREATE INDEX job_ended ON job (ended_at) WHERE ended_at IS NOT NULL;
        CREATE TABLE job_log (
          job TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
          place BIGINT NOT NULL,
          content TEXT NOT NULL,
          PRIMARY KEY (job, place)
        );
        """),
    Migration(part: "jobs", number: 2, statements: "ALTER TABLE job ADD COLUMN output TEXT;"),
    Migration(
      part: "jobs", number: 3,
      statements: """
        CREATE TABLE job_user_state (
          job TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
          name TEXT NOT NULL,
          value TEXT NOT NULL,
          PRIMARY KEY (job, name)
        );
        CREATE TABLE materialized_partition (
          workspace TEXT NOT NULL,
          asset_kind TEXT NOT NULL,
          asset_path TEXT NOT NULL,
          part TEXT NOT NULL,
          status TEXT NOT NULL CHECK (status IN ('running', 'materialized', 'failed')),
          snapshot BIGINT,
          row_count BIGINT,
          job TEXT,
          error TEXT,
          recorded_at BIGINT NOT NULL,
          PRIMARY KEY (workspace, asset_kind, asset_path, part)
        );
        """),
    Migration(
      part: "jobs", number: 4,
      statements: """
        CREATE TABLE worker (
          name TEXT PRIMARY KEY,
          tags TEXT NOT NULL,
          since BIGINT NOT NULL,
          seen BIGINT NOT NULL
        );
        """),
  ]
}
