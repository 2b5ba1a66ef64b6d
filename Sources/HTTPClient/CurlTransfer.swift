internal import CCurl
import Foundation

/// One request on its way, and what came of its answer. Lives on the loop's thread alone.
final class CurlTransfer {
  /// libcurl's handle.
  let easy: UnsafeMutableRawPointer
  let cancellation: CurlCancellation
  let completion: CurlLoop.Completion

  private let request: ClientRequest
  private var headerList: UnsafeMutableRawPointer?
  private let errorText: UnsafeMutablePointer<CChar>
  private var headers: [(name: String, value: String)] = []
  private var body: [UInt8] = []
  private var isTooLarge = false
  private var lastByte = ContinuousClock.now

  static let silence = ClientFailure(kind: .connection, message: "no answer came in time")

  /// When the connection has been silent for too long.
  var deadline: ContinuousClock.Instant { lastByte.advanced(by: request.timeout) }

  /// - Returns: nil for lack of memory.
  init?(
    _ request: ClientRequest, _ cancellation: CurlCancellation, _ completion: @escaping CurlLoop.Completion
  ) {
    guard let easy = ccurl_easy_new() else { return nil }
    self.easy = easy
    self.request = request
    self.cancellation = cancellation
    self.completion = completion
    errorText = .allocate(capacity: Int(CCURL_ERROR_SIZE))
    errorText.initialize(repeating: 0, count: Int(CCURL_ERROR_SIZE))
    setRequest()
    setAnswer()
  }

  deinit {
    ccurl_easy_free(easy)
    if let headerList { ccurl_list_free(headerList) }
    errorText.deallocate()
  }

  private func setRequest() {
    ccurl_easy_set_text(easy, Int32(CCURL_OPTION_URL), request.url.absoluteString)
    ccurl_easy_set_number(easy, Int32(CCURL_OPTION_PROTOCOLS), Int(CCURL_HTTP_AND_HTTPS))
    // A path with dots is the server's to judge.
    ccurl_easy_set_number(easy, Int32(CCURL_OPTION_PATH_AS_IS), 1)
    ccurl_easy_set_number(easy, Int32(CCURL_OPTION_NO_SIGNAL), 1)
    ccurl_easy_set_number(
      easy, Int32(CCURL_OPTION_CONNECT_MILLISECONDS), max(1, Int(request.timeout / .milliseconds(1))))
    // Any compression that the library can undo.
    ccurl_easy_set_text(easy, Int32(CCURL_OPTION_ENCODINGS), "")
    let environment = ProcessInfo.processInfo.environment
    for (name, option) in [
      ("SSL_CERT_FILE", CCURL_OPTION_AUTHORITIES_FILE), ("SSL_CERT_DIR", CCURL_OPTION_AUTHORITIES_FOLDER),
    ] {
      if let path = environment[name], !path.isEmpty { ccurl_easy_set_text(easy, Int32(option), path) }
    }
    if let body = request.body {
      ccurl_easy_set_size(easy, Int32(CCURL_OPTION_BODY_SIZE), Int64(body.count))
      body.withUnsafeBytes { bytes in
        // Copied by libcurl, so it need not last.
        let start = bytes.baseAddress.map { UnsafeMutableRawPointer(mutating: $0) }
        withUnsafeTemporaryAllocation(byteCount: 1, alignment: 1) { empty in
          _ = ccurl_easy_set_pointer(easy, Int32(CCURL_OPTION_BODY_COPY), start ?? empty.baseAddress)
        }
      }
    }
    if request.method == "HEAD" { ccurl_easy_set_number(easy, Int32(CCURL_OPTION_NO_BODY), 1) }
    ccurl_easy_set_text(easy, Int32(CCURL_OPTION_METHOD), request.method)
    // An empty value takes a semicolon; and no server is asked beforehand whether it wants the body.
    for header in request.headers {
      addHeader(header.value.isEmpty ? "\(header.name);" : "\(header.name): \(header.value)")
    }
    addHeader("Expect:")
    // Else libcurl would call any body a form.
    if request.body != nil, !request.headers.contains(where: { $0.name.lowercased() == "content-type" }) {
      addHeader("Content-Type:")
    }
    ccurl_easy_set_pointer(easy, Int32(CCURL_OPTION_HEADERS), headerList)
  }

  private func addHeader(_ line: String) { headerList = ccurl_list_add(headerList, line) ?? headerList }

  private func setAnswer() {
    let context = Unmanaged.passUnretained(self).toOpaque()
    ccurl_easy_set_pointer(easy, Int32(CCURL_OPTION_ERROR_TEXT), errorText)
    ccurl_easy_set_number(easy, Int32(CCURL_OPTION_NO_PROXY_HEADERS), 1)
    ccurl_easy_set_receiver(easy, Int32(CCURL_OPTION_HEADER_FUNCTION)) { bytes, size, count, context in
      guard let bytes, let context else { return 0 }
      let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
      Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue().takeHeader(line)
      return size * count
    }
    ccurl_easy_set_pointer(easy, Int32(CCURL_OPTION_HEADER_CONTEXT), context)
    ccurl_easy_set_receiver(easy, Int32(CCURL_OPTION_WRITE_FUNCTION)) { bytes, size, count, context in
      guard let bytes, let context else { return 0 }
      let piece = UnsafeRawBufferPointer(start: bytes, count: size * count)
      return Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue().takeBody(piece)
        ? size * count : 0
    }
    ccurl_easy_set_pointer(easy, Int32(CCURL_OPTION_WRITE_CONTEXT), context)
  }

  private func takeHeader(_ line: UnsafeRawBufferPointer) {
    lastByte = .now
    let text = String(decoding: line, as: UTF8.self)
    // An answer may follow one that says to go on.
    if text.hasPrefix("HTTP/") {
      headers = []
      return
    }
    guard let colon = text.firstIndex(of: ":") else { return }
    let value = text[text.index(after: colon)...].trimmingCharacters(in: .whitespacesAndNewlines)
    headers.append((String(text[..<colon]), value))
  }

  private func takeBody(_ piece: UnsafeRawBufferPointer) -> Bool {
    lastByte = .now
    guard body.count + piece.count <= request.maximumResponseSize else {
      isTooLarge = true
      return false
    }
    body.append(contentsOf: piece)
    return true
  }

  /// What came of the transfer, once libcurl has ended it.
  func outcome(_ result: Int32) -> Result<ClientAnswer, any Error> {
    if isTooLarge { return .failure(ClientFailure(kind: .tooLarge, message: "")) }
    switch Int(result) {
    case CCURL_OK:
      return .success(
        ClientAnswer(status: ccurl_easy_status(easy), headers: headers, body: body))
    case CCURL_TIMED_OUT: return .failure(Self.silence)
    case CCURL_CERTIFICATE_REFUSED_EARLIER, CCURL_CERTIFICATE_REFUSED, CCURL_AUTHORITIES_UNREADABLE,
      CCURL_ISSUER_REFUSED, CCURL_KEY_REFUSED, CCURL_STATUS_REFUSED:
      return .failure(ClientFailure(kind: .certificate, message: message(result)))
    default:
      return .failure(ClientFailure(kind: .connection, message: message(result)))
    }
  }

  private func message(_ result: Int32) -> String {
    let text = String(cString: errorText)
    let plain = text.isEmpty ? ccurl_result_text(result).map { String(cString: $0) } ?? "" : text
    return plain.split(whereSeparator: \.isNewline).joined(separator: " ")
  }
}
