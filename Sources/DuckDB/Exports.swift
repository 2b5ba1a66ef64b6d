// `connection.query("… \(value)")` is a literal of SQLText's type: with this, one import is enough to write
// it.
@_exported public import SQLText
