/// A language that scripts are written in.
public enum ScriptLanguage: String, Sendable, Hashable, CaseIterable {
  case duckdb
  case postgresql
  case python3
  case typescript
  case bash

  /// - Parameter name: its name, or one that Windmill has for it: `deno`, `bun` and `nativets` are TypeScript.
  public init?(named name: String) {
    if ["deno", "bun", "nativets"].contains(name) {
      self = .typescript
    } else {
      self.init(rawValue: name)
    }
  }

  /// The language's own name, for one that may be another name of it; what is no language stays as it is.
  public static func canonicalName(_ name: String) -> String { ScriptLanguage(named: name)?.rawValue ?? name }
}
