internal import CDuckDB

/// A function of the program's own that SQL can call, for what DuckDB has no function for.
///
/// DuckDB calls it from its own threads, several at a time, with a few thousand rows each. It belongs to the whole
/// database instance and stays there.
///
/// ```swift
/// let shout = ScalarFunction("shout", parameters: [.varchar], returns: .varchar) { call in
///   for row in 0..<call.rowCount { call.set(String(decoding: call.bytes(0, row), as: UTF8.self) + "!", at: row) }
/// }
/// try await connection.register(shout)
/// ```
public struct ScalarFunction: Sendable {
  /// Computes the values of one chunk of rows.
  public typealias Body = @Sendable (ScalarCall) throws -> Void

  /// What SQL calls it by.
  public let name: String
  let parameters: [ParameterType]
  let returns: ReturnType
  let isVolatile: Bool
  let body: Body

  /// What a function takes.
  public enum ParameterType: Sendable, Hashable {
    case varchar, bigInt
  }

  /// What a function gives.
  public enum ReturnType: Sendable, Hashable {
    case varchar, boolean
  }

  /// - Parameters:
  ///   - name: what SQL calls it by.
  ///   - parameters: what it takes.
  ///   - returns: what it gives.
  ///   - isVolatile: whether it gives something else each time, so that it must be called for each row.
  ///   - body: computes the values of a chunk; every row has to be set. An error ends the statement with its text.
  public init(
    _ name: String, parameters: [ParameterType], returns: ReturnType, isVolatile: Bool = false,
    body: @escaping Body
  ) {
    self.name = name
    self.parameters = parameters
    self.returns = returns
    self.isVolatile = isVolatile
    self.body = body
  }
}

/// The rows that a ``ScalarFunction`` is called with. Only valid during the call.
public struct ScalarCall {
  /// How many rows there are.
  public let rowCount: Int
  private let arguments: [(data: UnsafeMutableRawPointer?, validity: UnsafeMutablePointer<UInt64>?)]
  private let output: duckdb_vector
  private let outputData: UnsafeMutableRawPointer?

  init(_ chunk: duckdb_data_chunk?, _ output: duckdb_vector) {
    rowCount = Int(duckdb_data_chunk_get_size(chunk))
    arguments = (0..<duckdb_data_chunk_get_column_count(chunk)).map { index in
      let vector = duckdb_data_chunk_get_vector(chunk, index)
      return (duckdb_vector_get_data(vector), duckdb_vector_get_validity(vector))
    }
    self.output = output
    outputData = duckdb_vector_get_data(output)
  }

  /// Whether an argument is NULL.
  public func isNull(_ argument: Int, _ row: Int) -> Bool {
    guard let validity = arguments[argument].validity else { return false }
    return validity[row >> 6] & (1 << UInt64(row & 63)) == 0
  }

  /// The bytes of a text argument that is not NULL.
  public func bytes(_ argument: Int, _ row: Int) -> UnsafeRawBufferPointer {
    guard let data = arguments[argument].data else { return UnsafeRawBufferPointer(start: nil, count: 0) }
    let entry = UnsafeRawPointer(data) + row * StringLayout.stride
    let length = Int(entry.load(as: UInt32.self))
    let start = length <= StringLayout.inlineLimit ? entry + 4 : (entry + 8).load(as: UnsafeRawPointer.self)
    return UnsafeRawBufferPointer(start: start, count: length)
  }

  /// A whole number that is not NULL.
  public func integer(_ argument: Int, _ row: Int) -> Int64 {
    arguments[argument].data?.load(fromByteOffset: row * 8, as: Int64.self) ?? 0
  }

  /// Gives a text for a row.
  public func set(_ text: UnsafeRawBufferPointer, at row: Int) {
    duckdb_vector_assign_string_element_len(
      output, idx_t(row), text.baseAddress?.assumingMemoryBound(to: CChar.self), idx_t(text.count))
  }

  /// Gives a text for a row.
  public func set(_ text: String, at row: Int) {
    var text = text
    text.withUTF8 { set(UnsafeRawBufferPointer($0), at: row) }
  }

  /// Gives a truth value for a row.
  public func set(_ value: Bool, at row: Int) {
    outputData?.storeBytes(of: value, toByteOffset: row, as: Bool.self)
  }

  /// Gives NULL for a row.
  public func setNull(at row: Int) {
    duckdb_vector_ensure_validity_writable(output)
    duckdb_validity_set_row_invalid(duckdb_vector_get_validity(output), idx_t(row))
  }
}

extension Connection {
  /// Makes a function known to the database. One of the same name and parameters must not be there yet.
  ///
  /// - Throws: ``DuckDBError`` when DuckDB refuses it.
  public func register(_ function: ScalarFunction) throws {
    let connection = try begin("")
    var handle = duckdb_create_scalar_function()
    defer { duckdb_destroy_scalar_function(&handle) }
    duckdb_scalar_function_set_name(handle, function.name)
    for parameter in function.parameters {
      var type = duckdb_create_logical_type(parameter == .varchar ? DUCKDB_TYPE_VARCHAR : DUCKDB_TYPE_BIGINT)
      duckdb_scalar_function_add_parameter(handle, type)
      duckdb_destroy_logical_type(&type)
    }
    var type = duckdb_create_logical_type(
      function.returns == .varchar ? DUCKDB_TYPE_VARCHAR : DUCKDB_TYPE_BOOLEAN)
    duckdb_scalar_function_set_return_type(handle, type)
    duckdb_destroy_logical_type(&type)
    if function.isVolatile { duckdb_scalar_function_set_volatile(handle) }
    duckdb_scalar_function_set_special_handling(handle)
    duckdb_scalar_function_set_extra_info(
      handle, Unmanaged.passRetained(FunctionBox(function.body)).toOpaque()
    ) { box in
      if let box { Unmanaged<FunctionBox>.fromOpaque(box).release() }
    }
    duckdb_scalar_function_set_function(handle) { info, chunk, output in
      guard let output, let box = duckdb_scalar_function_get_extra_info(info) else { return }
      do {
        try Unmanaged<FunctionBox>.fromOpaque(box).takeUnretainedValue().body(ScalarCall(chunk, output))
      } catch {
        duckdb_scalar_function_set_error(info, String(describing: error))
      }
    }
    guard duckdb_register_scalar_function(connection, handle) == DuckDBSuccess else {
      throw DuckDBError(kind: .catalog, message: "DuckDB does not take the function '\(function.name)'.")
    }
  }
}

/// Keeps a function's closure as long as DuckDB knows the function.
private final class FunctionBox: Sendable {
  let body: ScalarFunction.Body
  init(_ body: @escaping ScalarFunction.Body) { self.body = body }
}
