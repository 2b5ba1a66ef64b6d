import Foundation
import TestKit

/// What dlt 1.31 was seen to do, as files.
enum Golden {
  static func data(_ name: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: Checkout.folder + "/Tests/LoaderTests/Golden/" + name))
  }
}
