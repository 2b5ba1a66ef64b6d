internal import CEdit

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Text as libedit wants it: wide characters with a zero at the end, in memory that stays where it is.
///
/// Sendable, unchecked: the memory is written once, and freed with the last reference.
final class EditText: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<wchar_t>

  init(_ text: String) {
    let scalars = text.unicodeScalars
    pointer = .allocate(capacity: scalars.count + 1)
    for (index, scalar) in scalars.enumerated() {
      (pointer + index).initialize(to: wchar_t(bitPattern: scalar.value))
    }
    (pointer + scalars.count).initialize(to: 0)
  }

  deinit {
    pointer.deallocate()
  }

  func withPointer<Result>(_ body: (UnsafePointer<wchar_t>) -> Result) -> Result {
    withExtendedLifetime(self) { body(UnsafePointer(pointer)) }
  }

  // libedit keeps the pointers of names.
  static let completeName = EditText("tarn-complete")
  static let interruptName = EditText("tarn-interrupt")
  static let suspendName = EditText("tarn-suspend")
  static let emacs = EditText("emacs")
  static let interruptMark = EditText("^C")
  static let enter = EditText("\r")
}

extension String {
  /// Reads wide characters; what is no character becomes the replacement character.
  init(wide: UnsafeBufferPointer<wchar_t>) {
    var scalars = String.UnicodeScalarView()
    for character in wide {
      scalars.append(Unicode.Scalar(UInt32(bitPattern: character)) ?? "\u{FFFD}")
    }
    self.init(scalars)
  }
}
