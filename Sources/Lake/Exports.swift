// Whoever imports Lake opens one by a LakeConfiguration and writes queries as SQL: both come along.
@_exported public import LakeSettings
@_exported public import SQLText
