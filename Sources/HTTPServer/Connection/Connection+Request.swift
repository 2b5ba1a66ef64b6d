internal import CMicroHTTPD

/// From the first line of a request to its response.
extension Connection {
  /// The first line has come.
  func begin(_ text: UnsafePointer<CChar>) {
    loop.requestBegan()
    phase = .head
    deadline = loop.now + loop.limits.headerTimeout.wholeMilliseconds
    target = String(cString: text)
    isTargetTooLong = target.utf8.count > loop.limits.targetLength
  }

  /// libmicrohttpd has something: the head, then bytes of the body, then its end.
  ///
  /// - Parameters:
  ///   - method: The method.
  ///   - version: `HTTP/1.1` or `HTTP/1.0`.
  ///   - bytes: Bytes of the body, if any.
  ///   - count: How many; set to how many were not taken.
  /// - Returns: False to close the connection.
  func handle(
    method: UnsafePointer<CChar>, version: UnsafePointer<CChar>, bytes: UnsafePointer<CChar>?,
    count: inout Int
  ) -> Bool {
    switch phase {
    case .idle, .sending:
      return false
    case .head:
      guard let headers = RequestHead.headers(of: handle, method: method, version: version) else {
        return send(.text("The head of the request is malformed.\n", status: .badRequest))
      }
      return accept(headers, method: String(cString: method), version: String(cString: version))
    case .gate:
      return passGate()
    case .body where count > 0:
      return receive(UnsafeRawBufferPointer(start: bytes, count: count), &count)
    case .body:
      bodyEnded()
      return answerOrSleep()
    case .handling:
      return answerOrSleep()
    case .cutting:
      guard count > 0 else { return false }
      discarded += count
      count = 0
      return discarded <= 64 * Connection.discardedBytes
    }
  }

  // MARK: The head

  private func accept(_ headers: HTTPHeaders, method: String, version: String) -> Bool {
    let length: Int?
    switch RequestHead.check(
      headers, method: method, version: version, size: tarn_mhd_head_size(handle), limits: loop.limits)
    {
    case .failure(let refusal): return send(refusal.response)
    case .success(let body): length = body.length
    }
    if isTargetTooLong {
      return send(.text("The address of the request is too long.\n", status: .targetTooLong))
    }
    guard let target = RequestTarget(target) else {
      return send(.text("The address of the request is malformed.\n", status: .badRequest))
    }
    let hasBody = length != 0
    isContinueExpected = hasBody && headers["Expect"] != nil
    let exchange = Exchange(mailbox: loop.mailbox, connection: id)
    self.exchange = exchange
    isHead = method == HTTPMethod.head.name
    let body =
      hasBody
      ? HTTPRequestBody(.exchange(exchange), declaredLength: length, limit: loop.limits.bodySize)
      : HTTPRequestBody([])
    let request = HTTPRequest(
      HTTPMethod(method), target, headers: headers, body: body, peer: peer, isSecure: loop.isSecure)
    RequestTask.start(request, exchange, loop: loop)
    guard hasBody else {
      phase = .handling
      deadline = nil
      // Not yet: a response that is given now closes the connection.
      return true
    }
    guard let length, length <= Connection.discardedBytes, !isContinueExpected else {
      phase = .gate
      return passGate()
    }
    phase = .body
    giveTimeForBody()
    return true
  }

  // MARK: The body

  /// A long body is let in when the handler wants it, so that one that is refused is not sent in vain.
  private func passGate() -> Bool {
    guard let exchange else { return false }
    if exchange.suspend(unless: { $0.response != nil || $0.isBodyWanted }) {
      sleep()
      return true
    }
    if let response = exchange.response {
      // The client waits for this before it sends anything.
      if isContinueExpected { return send(response) }
      phase = .body
      discardRest()
      return true
    }
    phase = .body
    giveTimeForBody()
    return true
  }

  private func receive(_ bytes: UnsafeRawBufferPointer, _ count: inout Int) -> Bool {
    guard let exchange else { return false }
    if exchange.response != nil {
      discardRest()
      discarded += bytes.count
      count = 0
      // In the middle of libmicrohttpd's reading: its buffers are empty, so this can be sent past it.
      if discarded > Connection.discardedBytes, phase == .body { answerPastDaemon() }
      return true
    }
    guard exchange.receive(bytes) else {
      sleep()
      return true
    }
    count = 0
    lengthenTimeForBody(by: bytes.count)
    return true
  }

  /// The handler has answered before the body was in. A short rest is read, which keeps the connection; then it is cut.
  func discardRest() {
    guard discardingEnd == nil else {
      // The body had stalled: there is nothing to wait for.
      if let discardingEnd, discardingEnd <= loop.now { answerPastDaemon() }
      return
    }
    discardingEnd = loop.now + Connection.discardingTime
    deadline = nil
  }

  // MARK: The response

  private func answerOrSleep() -> Bool {
    guard let exchange else { return false }
    if exchange.suspend(unless: { $0.response != nil }) {
      sleep()
      return true
    }
    return exchange.response.map(send) ?? false
  }

  /// Gives the response to libmicrohttpd.
  private func send(_ response: HTTPResponse) -> Bool {
    phase = .sending
    giveTimeForWriting()
    return ResponseQueue.queue(response, on: self)
  }

  /// Sends a response in the middle of a body, where libmicrohttpd takes none, and has the connection closed. A stream cannot be sent
  /// so: then the client gets no answer.
  func answerPastDaemon() {
    guard phase == .body else { return }
    phase = .cutting
    discarded = 0
    deadline = loop.now + Connection.discardingTime
    if let response = exchange?.response, let bytes = ResponseText.bytes(response) {
      _ = bytes.withUnsafeBytes { tarn_mhd_send(handle, $0.baseAddress, $0.count) }
      endWriting()
    } else {
      cut()
    }
  }
}
