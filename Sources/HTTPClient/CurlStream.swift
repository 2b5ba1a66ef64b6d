internal import CCurl
import Foundation
import Synchronization

/// An answer whose body comes in pieces.
package struct StreamedAnswer: Sendable {
  package let status: Int
  package let headers: [(name: String, value: String)]
  private let body: BytePipe
  private let ending: CurlStreamEnding

  init(status: Int, headers: [(name: String, value: String)], body: BytePipe, ending: CurlStreamEnding) {
    self.status = status
    self.headers = headers
    self.body = body
    self.ending = ending
  }

  /// The next bytes; nil at the end.
  ///
  /// - Throws: ``ClientFailure`` when the connection broke; `CancellationError`.
  package func next() async throws -> [UInt8]? {
    if let bytes = try await body.read() { return bytes }
    if let failure = ending.failure { throw failure }
    return nil
  }

  /// Takes no more: the connection is given up.
  package func close() { body.close() }
}

/// How a transfer ended, as soon as it has.
final class CurlStreamEnding: Sendable {
  private let state = Mutex<ClientFailure?>(nil)

  var failure: ClientFailure? { state.withLock { $0 } }

  func fail(_ failure: ClientFailure) { state.withLock { $0 = failure } }
}

extension CurlTransport {
  /// Sends a request whose bodies pass in pieces, so that they may be of any size. Each has a thread and a connection of
  /// its own while it lasts.
  ///
  /// - Parameter body: gives the next bytes of the request's body, nil at its end; nil for a request without one.
  /// - Throws: ``ClientFailure``; what `body` throws; `CancellationError`.
  package func stream(
    _ request: ClientRequest, body: (@Sendable () async throws -> [UInt8]?)? = nil
  ) async throws -> StreamedAnswer {
    try CurlLibrary.require()
    let upload = body.map { _ in BytePipe() }
    let transfer = CurlStream(request, upload: upload)
    let sending = Task {
      guard let body, let upload else { return }
      do {
        while let bytes = try await body() { try await upload.write(bytes) }
        upload.finish()
      } catch {
        // A server may answer before it has read all; then the rest is of no use to anybody.
        transfer.abortUnlessAnswered()
        upload.close()
        throw error
      }
    }
    return try await withTaskCancellationHandler {
      do { return try await transfer.start() } catch {
        sending.cancel()
        // Why the request's body could not be given goes before what followed from it.
        if transfer.isAborted { try await sending.value }
        throw error
      }
    } onCancel: {
      sending.cancel()
      transfer.abort()
      upload?.close()
    }
  }
}

/// One such transfer. Its callbacks run on its own thread.
private final class CurlStream: Sendable {
  private struct State {
    var headers: [(name: String, value: String)] = []
    var waiting: CheckedContinuation<StreamedAnswer, any Error>?
    var isAborted = false
    var isAnswered = false
  }

  private let request: ClientRequest
  private let upload: BytePipe?
  private let download = BytePipe()
  private let ending = CurlStreamEnding()
  private let state = Mutex(State())

  init(_ request: ClientRequest, upload: BytePipe?) {
    self.request = request
    self.upload = upload
  }

  var isAborted: Bool { state.withLock { $0.isAborted } }

  func abort() {
    state.withLock { $0.isAborted = true }
    download.close()
  }

  func abortUnlessAnswered() {
    let isOpen = state.withLock { state in
      if !state.isAnswered { state.isAborted = true }
      return !state.isAnswered
    }
    if isOpen { download.close() }
  }

  func start() async throws -> StreamedAnswer {
    try await withCheckedThrowingContinuation { continuation in
      state.withLock { $0.waiting = continuation }
      Thread.detachNewThread { [self] in run() }
    }
  }

  private func run() {
    guard let easy = ccurl_easy_new() else {
      return finish(ClientFailure(kind: .connection, message: "out of memory"), nil)
    }
    var list: UnsafeMutableRawPointer?
    for header in request.headers + [("Expect", "")] {
      let line = header.value.isEmpty ? "\(header.name):" : "\(header.name): \(header.value)"
      list = ccurl_list_add(list, line) ?? list
    }
    let context = Unmanaged.passUnretained(self).toOpaque()
    ccurl_easy_set_text(easy, Int32(CCURL_OPTION_URL), request.url.absoluteString)
    ccurl_easy_set_number(easy, Int32(CCURL_OPTION_PROTOCOLS), Int(CCURL_HTTP_AND_HTTPS))
    ccurl_easy_set_number(easy, Int32(CCURL_OPTION_PATH_AS_IS), 1)
    ccurl_easy_set_number(easy, Int32(CCURL_OPTION_NO_SIGNAL), 1)
    ccurl_easy_set_number(easy, Int32(CCURL_OPTION_NO_PROXY_HEADERS), 1)
    if upload != nil {
      ccurl_easy_set_number(easy, Int32(CCURL_OPTION_UPLOAD), 1)
      if let length = request.streamedLength {
        ccurl_easy_set_size(easy, Int32(CCURL_OPTION_UPLOAD_SIZE), Int64(length))
      }
      ccurl_easy_set_receiver(easy, Int32(CCURL_OPTION_READ_FUNCTION)) { bytes, size, count, context in
        guard let bytes, let context else { return Int(CCURL_ABORT) }
        return Unmanaged<CurlStream>.fromOpaque(context).takeUnretainedValue().give(
          UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
      }
      ccurl_easy_set_pointer(easy, Int32(CCURL_OPTION_READ_CONTEXT), context)
    }
    if request.method == "HEAD" { ccurl_easy_set_number(easy, Int32(CCURL_OPTION_NO_BODY), 1) }
    ccurl_easy_set_text(easy, Int32(CCURL_OPTION_METHOD), request.method)
    ccurl_easy_set_pointer(easy, Int32(CCURL_OPTION_HEADERS), list)
    ccurl_easy_set_receiver(easy, Int32(CCURL_OPTION_HEADER_FUNCTION)) { bytes, size, count, context in
      guard let bytes, let context else { return 0 }
      Unmanaged<CurlStream>.fromOpaque(context).takeUnretainedValue().takeHeader(
        UnsafeRawBufferPointer(start: bytes, count: size * count))
      return size * count
    }
    ccurl_easy_set_pointer(easy, Int32(CCURL_OPTION_HEADER_CONTEXT), context)
    ccurl_easy_set_receiver(easy, Int32(CCURL_OPTION_WRITE_FUNCTION)) { bytes, size, count, context in
      guard let bytes, let context else { return 0 }
      let piece = UnsafeRawBufferPointer(start: bytes, count: size * count)
      return Unmanaged<CurlStream>.fromOpaque(context).takeUnretainedValue().take(piece) ? size * count : 0
    }
    ccurl_easy_set_pointer(easy, Int32(CCURL_OPTION_WRITE_CONTEXT), context)
    // Asked about once a second, also while nothing passes.
    ccurl_easy_set_watcher(easy, context) { context, _, _, _, _ in
      guard let context else { return 0 }
      return Unmanaged<CurlStream>.fromOpaque(context).takeUnretainedValue().isAborted ? 1 : 0
    }
    current.withLock { $0 = UInt(bitPattern: easy) }
    let result = ccurl_easy_perform(easy)
    current.withLock { $0 = 0 }
    let failure: ClientFailure? =
      result == CCURL_OK
      ? nil
      : ClientFailure(
        kind: .connection, message: ccurl_result_text(result).map { String(cString: $0) } ?? "it failed")
    finish(failure, failure == nil ? Int(ccurl_easy_status(easy)) : nil)
    ccurl_easy_free(easy)
    if let list { ccurl_list_free(list) }
  }

  /// libcurl's handle while the transfer runs; used on its thread.
  private let current = Mutex<UInt>(0)

  private func give(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
    guard !isAborted, let bytes = upload?.readBlocking(upTo: buffer.count) else {
      return isAborted ? Int(CCURL_ABORT) : 0
    }
    buffer.copyBytes(from: bytes)
    return bytes.count
  }

  private func takeHeader(_ line: UnsafeRawBufferPointer) {
    let text = String(decoding: line, as: UTF8.self)
    state.withLock { state in
      if text.hasPrefix("HTTP/") {
        state.headers = []
      } else if let colon = text.firstIndex(of: ":") {
        let value = text[text.index(after: colon)...].trimmingCharacters(in: .whitespacesAndNewlines)
        state.headers.append((String(text[..<colon]), value))
      }
    }
  }

  private func take(_ piece: UnsafeRawBufferPointer) -> Bool {
    let easy = current.withLock { UnsafeMutableRawPointer(bitPattern: $0) }
    if let easy { answer(status: Int(ccurl_easy_status(easy))) }
    return download.writeBlocking(Array(piece))
  }

  private func finish(_ failure: ClientFailure?, _ status: Int?) {
    if let failure { ending.fail(failure) }
    if let status { answer(status: status) }
    download.finish()
    upload?.close()
    let waiting = state.withLock { state in
      defer { state.waiting = nil }
      return state.waiting
    }
    if let failure, !isAborted {
      waiting?.resume(throwing: failure)
    } else {
      waiting?.resume(throwing: CancellationError())
    }
  }

  private func answer(status: Int) {
    let (waiting, headers) = state.withLock { state in
      defer { state.waiting = nil }
      state.isAnswered = true
      return (state.waiting, state.headers)
    }
    waiting?.resume(
      returning: StreamedAnswer(status: status, headers: headers, body: download, ending: ending))
  }
}
