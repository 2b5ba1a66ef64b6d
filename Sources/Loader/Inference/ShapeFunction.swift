import DuckDB
import Synchronization

/// The SQL function that looks at every row of a source while DuckDB reads it: how types are inferred from all rows in
/// one pass, at the price of parsing the text once.
///
/// dlt's rules need to know more than DuckDB's own inference tells: whether a number was written with a point, whether a
/// text is a point in time, which rows lack a key, what came first.
enum ShapeFunction {
  static let function = ScalarFunction(
    "tarn_observe", parameters: [.bigInt, .varchar], returns: .boolean, isVolatile: true
  ) { call in
    guard call.rowCount > 0 else { return }
    guard let observer = ShapeObserver.known.withLock({ $0[call.integer(0, 0)]?.observer }) else {
      throw LoadError(.data, "rows are looked at for a load that has ended")
    }
    observer.observe { scanner in
      for row in 0..<call.rowCount {
        let isNovel = !call.isNull(1, row) && scanner.scan(call.bytes(1, row), row: nil)
        call.set(isNovel, at: row)
      }
    }
  }

  /// An expression that looks at each row, and is true for those that had something which its thread had not seen before.
  ///
  /// A thread reads its rows in their order, so whatever is seen first in the whole source is among those rows. They are few:
  /// in their order, they tell what came first.
  static func call(_ observer: ShapeObserver, _ json: String) -> String {
    "tarn_observe(\(observer.id)::BIGINT, \(json))"
  }
}

/// Gathers the shape of a source from the threads that read it.
final class ShapeObserver: Sendable {
  /// Those in use, by their numbers: SQL can hand over no more than a number.
  static let known = Mutex<[Int64: Entry]>([:])
  private static let lastID = Atomic<Int64>(0)

  struct Entry { weak let observer: ShapeObserver? }

  let id: Int64
  private let scanners = Mutex<[ScannerBox]>([])

  init() {
    id = Self.lastID.add(1, ordering: .relaxed).newValue
    let id = id
    Self.known.withLock { $0[id] = Entry(observer: self) }
  }

  deinit {
    let id = id
    Self.known.withLock { $0[id] = nil }
  }

  /// Runs `body` with a scanner that no other thread has meanwhile.
  func observe(_ body: (inout ShapeScanner) -> Void) {
    let box = scanners.withLock { $0.popLast() } ?? ScannerBox()
    body(&box.scanner)
    scanners.withLock { $0.append(box) }
  }

  /// What all of them have seen.
  var shape: Shape {
    scanners.withLock { boxes in
      boxes.reduce(into: Shape()) { $0.merge($1.scanner.shape) }
    }
  }

  /// Sendable, unchecked: whoever has taken it out of the list is the only one that has it.
  private final class ScannerBox: @unchecked Sendable {
    var scanner = ShapeScanner()
  }
}
