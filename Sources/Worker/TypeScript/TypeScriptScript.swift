internal import JSON
internal import Jobs
internal import Signatures

/// A script in TypeScript.
struct TypeScriptScript: Sendable {
  let run: ScriptRun
  let hosts: TypeScriptHosts

  /// - Throws: ``ScriptProcessError``; `ArgumentError`; `CancellationError`.
  func outcome() async throws -> JobOutcome {
    let given = (try? JSONValue(parsing: run.assignment.arguments).object) ?? JSONObject()
    let signature = try Signature(of: run.job.content, language: .typescript, path: run.job.path ?? "preview")
    try signature.check(given)
    let host = try await hosts.take(network: TypeScriptSource(run.job.content).network)
    let folder = host.folder
    do {
      try folder.write(run.job.content, to: "script.ts")
      try folder.write(run.assignment.arguments, to: "arguments.json")
    } catch {
      host.process.end()
      folder.remove()
      throw error
    }
    let call = call(signature, in: folder)
    return try await run.run(in: folder) {
      do { try host.begin(call) } catch {
        // What it has printed says why.
        host.process.end()
        _ = await host.process.wait()
        throw error
      }
      return await host.process.wait()
    } outcome: { status in
      run.written(status, in: folder)
    }
  }

  private func call(_ signature: Signature, in folder: ScriptFolder) -> String {
    let environment = run.environment(in: folder).sorted { $0.key < $1.key }
    let parameters = signature.parameters.map { parameter in
      JSONValue.object(
        JSONObject(pairs: ["name": .string(parameter.name), "isDate": .bool(parameter.type.isMoment)]))
    }
    return JSONValue.object(
      JSONObject(pairs: [
        "environment": .object(
          JSONObject(environment.map { .init(key: $0.key, value: .string($0.value)) })),
        "parameters": signature.takesOneObject ? .null : .array(parameters),
      ])
    ).text
  }
}
