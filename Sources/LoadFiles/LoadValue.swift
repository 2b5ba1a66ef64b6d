import Loader

/// The loader's JSON values, by a name that tells them from those of API declarations: a module's name does not, where
/// a type in it has the same.
typealias LoadValue = JSONValue
