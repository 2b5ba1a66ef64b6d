import RESTSource

/// The JSON values of API declarations, by a name that tells them from the loader's.
typealias APIValue = JSONValue
