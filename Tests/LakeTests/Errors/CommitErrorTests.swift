import DuckDB
import Testing

@testable import Lake

@Suite struct CommitErrorTests {
  @Test(arguments: [
    (
      "Failed to commit: Failed to commit DuckLake transaction.\nFailed to flush changes into DuckLake: database is locked",
      "conflict", "the commit failed: database is locked"
    ),
    (
      """
      Failed to commit: Failed to commit DuckLake transaction.
      Exceeded the maximum retry count of 200 set by the ducklake_max_retry_count setting.
      Failed to flush changes into DuckLake: Failed to execute query "INSERT INTO x VALUES ('a secret: \\": ')": ERROR:  duplicate key
      """, "conflict", "the commit failed: ERROR:  duplicate key"
    ),
    (
      """
      Failed to commit: Failed to execute query "COMMIT": server closed the connection unexpectedly
      \tThis probably means the server terminated abnormally
      """, "catalog",
      "the connection to the catalog's server was lost: Failed to commit: Failed to execute query \"COMMIT\": server closed the connection unexpectedly"
    ),
    (
      "Failed to commit: Failed to commit DuckLake transaction.\nReferenced column \"c6\" not found", "query",
      "the commit failed: Referenced column \"c6\" not found"
    ),
  ])
  func reasonsAreTold(text: String, code: String, message: String) {
    let error = LakeError(query: DuckDBError(kind: .transaction, message: text))
    #expect(error.code.description == code)
    #expect(error.message == message)
  }
}
