/// A value that can be bound to a parameter of a statement.
///
/// This is a mark without requirements: each driver decides how it binds the types it knows, and refuses the
/// others with an error of its own. A driver adds its own types by conforming them.
public protocol SQLBindable: Sendable {}

extension Bool: SQLBindable {}
extension Int: SQLBindable {}
extension Int8: SQLBindable {}
extension Int16: SQLBindable {}
extension Int32: SQLBindable {}
extension Int64: SQLBindable {}
extension Int128: SQLBindable {}
extension UInt: SQLBindable {}
extension UInt8: SQLBindable {}
extension UInt16: SQLBindable {}
extension UInt32: SQLBindable {}
extension UInt64: SQLBindable {}
extension UInt128: SQLBindable {}
extension Double: SQLBindable {}
extension Float: SQLBindable {}
extension String: SQLBindable {}
extension Substring: SQLBindable {}
extension Optional: SQLBindable where Wrapped: SQLBindable {}
extension Array: SQLBindable where Element: SQLBindable {}
extension Dictionary: SQLBindable where Key == String, Value: SQLBindable {}
