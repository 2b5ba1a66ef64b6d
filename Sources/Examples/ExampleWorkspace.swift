import Foundation
import Lake

/// A workspace made from an example that came with the binary.
public struct ExampleWorkspace: Sendable {
  /// The workspace's folder, absolute.
  public let folder: String

  /// Makes the TPC-DS workspace: a copy of the pipeline's scripts and a `tarn.yaml`. What is there already is left
  /// as it is, so that changes to the scripts are kept.
  ///
  /// - Parameter folder: made when it is not there.
  /// - Throws: `LakeError` when the example did not come with this binary, or the folder cannot be written.
  public static func tpcds(in folder: String) throws -> ExampleWorkspace {
    let target = URL(fileURLWithPath: folder).standardizedFileURL.path
    let source = try examples() + "/tpcds"
    let files = FileManager.default
    do {
      try files.createDirectory(atPath: target + "/raw", withIntermediateDirectories: true)
      for name in try files.contentsOfDirectory(atPath: source).sorted() {
        let place =
          name == "tarn.yaml" || name == "README.md" ? "\(target)/\(name)" : "\(target)/pipeline/\(name)"
        guard !files.fileExists(atPath: place) else { continue }
        try files.createDirectory(
          atPath: (place as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try files.copyItem(atPath: "\(source)/\(name)", toPath: place)
      }
    } catch {
      throw LakeError(
        .storage, "cannot make the example in \(target): \(error.localizedDescription)",
        hint: "Give another folder with --dir.")
    }
    return ExampleWorkspace(folder: target)
  }

  /// The folder of the examples: `share/tarn/examples` beside `bin`, or `examples` in a checkout.
  private static func examples() throws -> String {
    var folder = (ExtensionLibrary.executablePath as NSString).deletingLastPathComponent
    while folder.count > 1 {
      for candidate in ["\(folder)/share/tarn/examples", "\(folder)/examples"]
      where FileManager.default.fileExists(atPath: candidate + "/tpcds") {
        return candidate
      }
      folder = (folder as NSString).deletingLastPathComponent
    }
    throw LakeError(
      .installation, "the examples are missing", hint: "They belong in share/tarn/examples beside bin.")
  }
}
