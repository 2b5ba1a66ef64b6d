/// How values print.
public enum ValueText {
  /// The value as DuckDB prints it.
  public static func text(of value: Value) -> String { "\(value)" }
}
