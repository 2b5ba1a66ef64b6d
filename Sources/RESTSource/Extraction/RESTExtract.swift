/// What was read of one resource.
public struct RESTExtract: Sendable, Hashable {
  /// The resource's name.
  public var resource: String
  /// Files with one JSON object a line, absolute; empty when there were no rows.
  public var files: [String]
  /// How many rows the files hold.
  public var rows: Int
  /// How many bytes the files hold.
  public var bytes: Int
  /// How many requests were sent, tries included.
  public var requests: Int
  /// How many answers were passed over, as `response_actions` say.
  public var ignoredAnswers: Int
  /// How many rows of the parent led to no request, as a field that the request needs is `null` there.
  public var skippedParents: Int
  /// The last cursor value, to be handed to the next run; nil without `incremental`, and for a backfill with an
  /// `end_value`, which leaves the last value alone.
  public var lastValue: JSONValue?
}

/// How far the reading of a resource is.
public struct RESTProgress: Sendable, Hashable {
  /// The resource's name.
  public var resource: String
  /// How many rows were written so far.
  public var rows: Int
  /// How many bytes were written so far.
  public var bytes: Int
  /// How many requests were sent so far.
  public var requests: Int
}
