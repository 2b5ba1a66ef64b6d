"""What the client sends and takes where rows go as streams, against a server that answers as Tarn's does."""

import base64
import datetime
import decimal
import http.server
import io
import json
import threading
import unittest

import pandas
import polars
import pyarrow
import pyarrow.parquet

import tarn

TABLE = pyarrow.table({
    "id": pyarrow.array(range(200_000), pyarrow.int64()),
    "price": pyarrow.array([decimal.Decimal("1.50")] * 200_000, pyarrow.decimal128(10, 2)),
})


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    seen = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Handler.seen.append((self.path, dict(self.headers), body))
        accept = self.headers["Accept"]
        if "/load" in self.path:
            return self.answer("application/json", [b'{"snapshot": 3}'])
        if "old" in json.loads(body)["content"]:
            return self.answer("application/json", [b"[]"])
        if accept == "application/vnd.apache.parquet":
            sink = io.BytesIO()
            pyarrow.parquet.write_table(TABLE, sink)
            return self.answer(accept, [sink.getvalue()])
        if accept == "application/x-ndjson":
            return self.answer(accept, [b'{"id":0}\n{"i', b'd":1}\n', b'{"id":"\xe2\x98\x83"}\n'])
        self.answer("application/json", [b"[]"])

    def answer(self, kind, pieces):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in pieces + [b""]:
            self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")

    def log_message(self, *_):
        pass


class StreamTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()
        cls.lake = tarn.connect(f"http://127.0.0.1:{cls.server.server_port}", token="t", workspace="w").lake()

    @classmethod
    def tearDownClass(cls):
        cls.server.shutdown()
        cls.server.server_close()

    def setUp(self):
        Handler.seen.clear()

    def test_data_frames_come_as_parquet(self):
        self.assertEqual(self.lake.query("FROM big").arrow(), TABLE)
        frame = self.lake.query("FROM big").pandas()
        self.assertEqual((len(frame), frame["price"][0]), (200_000, decimal.Decimal("1.50")))
        self.assertEqual(self.lake.query("FROM big").polars()["id"].sum(), sum(range(200_000)))
        sizes = [len(batch) for batch in self.lake.query("FROM big").batches(size=50_000)]
        self.assertEqual(sum(sizes), 200_000)
        self.assertTrue(len(sizes) >= 4)
        path, headers, body = Handler.seen[0]
        self.assertEqual(path, "/api/w/w/jobs/run_inline/preview")
        self.assertEqual(headers["Authorization"], "Bearer t")
        self.assertEqual(
            json.loads(body), {"content": "ATTACH 'ducklake://main' AS dl;USE dl;\nFROM big", "language": "duckdb", "args": {}})

    def test_rows_come_one_after_another(self):
        self.assertEqual(list(self.lake.query("FROM big")), [{"id": 0}, {"id": 1}, {"id": "☃"}])

    def test_a_server_without_streams_is_told(self):
        for read in (lambda query: query.arrow(), list):
            with self.assertRaisesRegex(tarn.TarnError, "the server answers application/json where"):
                read(self.lake.query("FROM old"))

    def test_rows_are_appended(self):
        row = {"id": 1, "price": decimal.Decimal("9.90"), "seen": datetime.date(2024, 2, 29), "raw": b"a", "more": [None, {"k": 1.5}]}
        self.assertEqual(self.lake.append("sales.orders", [row], key="monday"), {"snapshot": 3})
        path, headers, body = Handler.seen[-1]
        self.assertEqual(
            path, "/api/w/w/load?into=main%2Fsales&table=orders&write_disposition=append&key=monday")
        self.assertEqual(headers["Content-Type"], "application/x-ndjson")
        raw = base64.b64encode(b"a").decode()
        self.assertEqual(
            json.loads(body), {"id": 1, "price": "9.90", "seen": "2024-02-29", "raw": raw, "more": [None, {"k": 1.5}]})
        for rows in (TABLE, TABLE.to_pandas(), polars.from_arrow(TABLE), TABLE.to_batches()[0], pandas.DataFrame({"id": [1]})):
            self.lake.append("orders", rows)
            path, headers, body = Handler.seen[-1]
            self.assertEqual(path, "/api/w/w/load?into=main%2Fmain&table=orders&write_disposition=append")
            self.assertEqual(headers["Content-Type"], "application/vnd.apache.parquet")
            self.assertEqual(pyarrow.parquet.read_table(io.BytesIO(body)).num_rows, len(rows))
        with self.assertRaises(TypeError):
            self.lake.append("orders", {"id": 1})

    def test_branches_and_snapshots(self):
        self.lake.branch("dev").table('odd "name', at=7).execute()
        content = json.loads(Handler.seen[-1][2])["content"]
        self.assertIn("ATTACH 'ducklake://main@dev' AS dl;USE dl;\nSELECT * FROM \"odd \"\"name\" AT (VERSION => 7)", content)
        self.lake.table("a.b", at="2024-02-29 10:00:00").execute()
        content = json.loads(Handler.seen[-1][2])["content"]
        self.assertIn("SELECT * FROM \"a\".\"b\" AT (TIMESTAMP => TIMESTAMP '2024-02-29 10:00:00')", content)


if __name__ == "__main__":
    unittest.main()
