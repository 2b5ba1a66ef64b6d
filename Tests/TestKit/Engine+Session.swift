public import Lake

extension Engine {
  /// Runs `body` in a session that is closed afterwards.
  public nonisolated func withSession<Result>(_ body: (EngineSession) async throws -> Result) async throws
    -> Result
  {
    let session = try await self.session()
    do {
      let result = try await body(session)
      await session.close()
      return result
    } catch {
      await session.close()
      throw error
    }
  }
}
