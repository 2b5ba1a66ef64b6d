import Foundation
import SQLText
import Scripts

/// Finds and parses the scripts of a pipeline's folder.
enum ScriptFiles {
  /// - Returns: the scripts that can be read, and what is wrong with the others.
  /// - Throws: ``PipelineProblems`` when there is no script at all.
  static func read(in folder: String) throws -> (scripts: [SQLScript], problems: [String]) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
      throw PipelineProblems(["there is no folder \(folder)\(suggestion(folder))"])
    }
    let paths = paths(in: folder)
    guard !paths.isEmpty else {
      throw PipelineProblems(["there is no .sql file in \(folder) or below"])
    }
    var scripts: [SQLScript] = []
    var problems: [String] = []
    for path in paths {
      guard let source = try? String(contentsOfFile: folder + "/" + path, encoding: .utf8) else {
        problems.append("\(path): cannot be read as UTF-8 text")
        continue
      }
      do { scripts.append(try SQLScript.parse(source, path: path)) } catch {
        problems += error.diagnostics.map(\.description)
      }
    }
    return (scripts, problems)
  }

  private static func paths(in folder: String) -> [String] {
    let all = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    return all.filter { path in
      path.hasSuffix(".sql") && !path.split(separator: "/").contains { $0.hasPrefix(".") }
    }.sorted()
  }

  private static func suggestion(_ folder: String) -> String {
    let parent = (folder as NSString).deletingLastPathComponent
    let names = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
    let near = NearestName.suggestion(for: (folder as NSString).lastPathComponent, among: names)
    return near.map { ". Did you mean '\($0)'?" } ?? ""
  }
}
