import DuckDB
extension QueryResult { func decode<T: Decodable>(_ t: [T].Type) throws -> [T] { [] } }
extension Row { func decode<T: Decodable>(_ t: T.Type) throws -> T { throw CancellationError() }
 func decodeColumn<T: Decodable>(_ i: Int, as t: T.Type) throws -> T { throw CancellationError() } }
