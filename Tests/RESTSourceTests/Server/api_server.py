"""An HTTP server for tests that answers as it is told.

POST /_rules/KEY takes a list of rules; requests below /KEY/ are answered by the first rule that fits and is not used
up. GET /_log/KEY gives the requests so far. "{here}" and "{there}" in headers and bodies stand for the server under
two names, which are two servers to a client. The server ends with its standard input.

A rule: path, method, query (names to values; null: not there), has (headers), body_has, form; then status, headers,
body (text as it is, anything else as JSON), gzip, times, wait_for (answers once so many requests of that KEY are
there), fault ("close": no answer; "cut": half a body).
"""

import gzip
import http.server
import json
import sys
import threading
import urllib.parse

rules, logs, lock = {}, {}, threading.Condition()


def fits(rule, request):
    if rule.get("times") == 0 or rule["path"] != request["path"]:
        return False
    if "method" in rule and rule["method"] != request["method"]:
        return False
    query = urllib.parse.parse_qs(request["query"], keep_blank_values=True)
    for name, value in rule.get("query", {}).items():
        if (None if name not in query else query[name][0]) != value:
            return False
    for name, value in rule.get("has", {}).items():
        if request["headers"].get(name.lower()) != value:
            return False
    return rule.get("body_has", "") in request["body"]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # One packet for each answer, or the other side waits for the rest.
    wbufsize = -1

    def answer(self, status, headers, body):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "content-length" not in {name.lower() for name in headers}:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        parts = urllib.parse.urlsplit(self.path)
        _, key, rest = (parts.path + "/").split("/", 2)
        rest = "/" + rest.rstrip("/")
        name = rest.strip("/")
        with lock:
            if key == "_rules":
                rules[name], logs[name] = json.loads(body), []
                return self.answer(200, {}, b"{}")
            if key == "_log":
                return self.answer(200, {}, json.dumps(logs[name]).encode())
            request = {
                "method": self.command,
                "path": rest,
                "query": parts.query,
                "headers": {name.lower(): value for name, value in self.headers.items()},
                "body": body,
            }
            logs.setdefault(key, []).append(request)
            lock.notify_all()
            rule = next((rule for rule in rules.get(key, []) if fits(rule, request)), None)
            if rule is None:
                return self.answer(404, {}, json.dumps({"error": f"no rule for {self.path}"}).encode())
            if "times" in rule:
                rule["times"] -= 1
            lock.wait_for(lambda: len(logs[key]) >= rule.get("wait_for", 0), timeout=60)
        self.obey(rule, key)

    def obey(self, rule, key):
        if rule.get("fault") == "close":
            self.close_connection = True
            return
        port = self.server.server_address[1]

        def filled(text):
            for name, host in (("{here}", "127.0.0.1"), ("{there}", "localhost")):
                text = text.replace(name, f"http://{host}:{port}/{key}")
            return text

        body = rule.get("body", [])
        body = filled(body if isinstance(body, str) else json.dumps(body)).encode()
        headers = {name: filled(value) for name, value in rule.get("headers", {}).items()}
        headers.setdefault("Content-Type", "application/json")
        if rule.get("gzip"):
            body = gzip.compress(body)
            headers["Content-Encoding"] = "gzip"
        if rule.get("fault") == "cut":
            headers["Content-Length"] = str(len(body) + 1000)
            self.close_connection = True
        self.answer(rule.get("status", 200), headers, body)

    do_GET = do_POST = handle_any

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    # All tests come at the same time.
    request_queue_size = 1024


server = Server(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print("READY", server.server_address[1], flush=True)
sys.stdin.read()
