import Loader

/// The loader's JSON values, by a name that tells them from those of API declarations.
typealias LoadValue = JSONValue
