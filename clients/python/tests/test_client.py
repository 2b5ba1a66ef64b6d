"""Against a real server, whose address and token are in the environment (TARN_URL, TARN_TOKEN)."""

import datetime
import decimal
import unittest
import uuid

import tarn


class ClientTests(unittest.TestCase):
    def setUp(self):
        self.lake = tarn.connect().lake()

    def test_values_keep_their_types_both_ways(self):
        values = {
            "a": 7, "b": 2**70, "c": 1.5, "d": decimal.Decimal("-12345678901234567890.10"), "e": True, "f": None,
            "g": datetime.date(2024, 2, 29), "h": datetime.datetime(2024, 2, 29, 10, 30, 0, 123456),
            "i": datetime.datetime(2024, 2, 29, 10, tzinfo=datetime.timezone(datetime.timedelta(hours=2))),
            "j": datetime.time(8, 30, 15), "k": uuid.UUID("6b8e1f6e-0000-4000-8000-000000000001"), "l": b"\x00a\xff\\",
            "m": "it's $a ☃", "n": decimal.Decimal("1E+3"), "o": decimal.Decimal("0.005"),
        }
        row = self.lake.query("SELECT " + ", ".join(f"${name} AS {name}" for name in values), **values).one()
        expected = dict(values, i=datetime.datetime(2024, 2, 29, 8, tzinfo=datetime.timezone.utc))
        for name, value in expected.items():
            self.assertEqual(row[name], value, name)
            self.assertIs(type(row[name]), type(value), name)
        self.assertEqual(self.lake.query("SELECT $x->'a' AS x", x={"a": [1, None]}).scalar(), [1, None])

    def test_rows_of_other_shapes(self):
        query = self.lake.query
        self.assertEqual(query("SELECT [1.50::DECIMAL(5,2), NULL] AS x").scalar(), [decimal.Decimal("1.50"), None])
        self.assertEqual(query("FROM range(3)").rows(), [{"range": 0}, {"range": 1}, {"range": 2}])
        self.assertEqual(query("SELECT 1 AS a WHERE false").rows(), [])
        self.assertIsNone(query("SELECT 1 AS a WHERE false").one())
        self.assertIsNone(query("SELECT 1 AS a WHERE false").scalar())
        self.assertEqual(query("-- a comment\nSELECT 1 AS a;").one(), {"a": 1})
        self.assertEqual(query("SELECT ';' AS a").one(), {"a": ";"})
        self.assertEqual(query("CREATE OR REPLACE TABLE t AS SELECT 1 AS a; SELECT a + 1 AS b FROM t").rows(), [{"b": 2}])
        self.assertEqual(query("SELECT DATE '5877642-06-24' AS a").one(), {"a": "+5877642-06-24"})

    def test_writes_and_time_travel(self):
        self.lake.query("CREATE OR REPLACE TABLE friend (id BIGINT, name TEXT)").execute()
        self.lake.query("INSERT INTO friend VALUES ($id, $name)", id=1, name="Ann").execute()
        snapshot = self.lake.query("SELECT max(snapshot_id) FROM dl.snapshots()").scalar()
        self.lake.query("DELETE FROM friend").execute()
        self.assertEqual(self.lake.table("friend").rows(), [])
        self.assertEqual(self.lake.table("friend", at=snapshot).rows(), [{"id": 1, "name": "Ann"}])

    def test_rows_are_appended_once_under_a_key(self):
        key = f"test-{uuid.uuid4()}"
        rows = [{"id": 1, "name": "Ann"}, {"id": 2, "name": None}]
        table = "appended." + "t" + uuid.uuid4().hex
        for _ in range(2):
            self.lake.append(table, rows, key=key)
        self.assertEqual(self.lake.query(f"SELECT id, name FROM {table} ORDER BY id").rows(), rows)
        with self.assertRaises(tarn.TarnError):
            self.lake.append(table, [])

    def test_errors_are_the_servers_words(self):
        with self.assertRaises(tarn.TarnError) as caught:
            self.lake.query("FROM nothing_there").rows()
        self.assertEqual(caught.exception.status, 500)
        self.assertIn("nothing_there", str(caught.exception))
        with self.assertRaises(tarn.TarnError) as caught:
            tarn.connect(token="tarn_wrong").lake().query("SELECT 1").rows()
        self.assertEqual(caught.exception.status, 401)
        with self.assertRaises(tarn.TarnError) as caught:
            tarn.connect("http://127.0.0.1:1").lake().query("SELECT 1").rows()
        self.assertIn("http://127.0.0.1:1 cannot be reached", str(caught.exception))
        with self.assertRaises(TypeError):
            self.lake.query("SELECT $x", x=object())
        with self.assertRaises(tarn.TarnError):
            tarn.connect().lake("main' AS x; --")

    def test_scripts_and_variables(self):
        client = tarn.connect()
        self.assertEqual(client.run("u/ann/double", n=21), [{"n": 42}])
        self.assertEqual(client.variable("u/ann/word"), "sesame")


class FrameTests(unittest.TestCase):
    """Where pyarrow, pandas and Polars are installed."""

    QUERY = """SELECT i AS id, (i / 4)::DECIMAL(9, 2) AS price, DATE '2024-01-01' + i::INT AS day,
        TIMESTAMPTZ '2024-02-29 10:00:00+00' AS seen, 'n' || i AS name FROM range($count) t(i)"""

    def setUp(self):
        self.query = tarn.connect().lake().query(self.QUERY, count=150_000)

    def test_arrow(self):
        import pyarrow

        table = self.query.arrow()
        self.assertEqual(table.num_rows, 150_000)
        self.assertEqual(table.schema.field("price").type, pyarrow.decimal128(9, 2))
        self.assertEqual(table.schema.field("day").type, pyarrow.date32())
        row = table.slice(7, 1).to_pylist()[0]
        self.assertEqual((row["id"], row["price"], row["name"]), (7, decimal.Decimal("1.75"), "n7"))
        self.assertEqual(row["seen"], datetime.datetime(2024, 2, 29, 10, tzinfo=datetime.timezone.utc))
        self.assertEqual(sum(batch.num_rows for batch in self.query.batches(size=10_000)), 150_000)

    def test_frames(self):
        self.assertEqual(int(self.query.pandas()["id"].sum()), sum(range(150_000)))
        frame = self.query.polars()
        self.assertEqual((frame["id"].sum(), frame["name"][3]), (sum(range(150_000)), "n3"))

    def test_rows_come_one_after_another(self):
        count = 0
        for row in self.query:
            self.assertEqual(row["id"], count)
            count += 1
        self.assertEqual(count, 150_000)

    def test_what_was_read_can_be_appended(self):
        lake = tarn.connect().lake()
        table = "frames.t" + uuid.uuid4().hex
        lake.append(table, lake.query(self.QUERY, count=1000).polars())
        lake.append(table, lake.query(self.QUERY, count=1000).arrow())
        row = lake.query(f"SELECT count(*) AS n, sum(price) AS price, max(seen) AS seen FROM {table}").one()
        self.assertEqual((row["n"], row["price"]), (2000, 2 * sum(decimal.Decimal(i) / 4 for i in range(1000)).quantize(decimal.Decimal("0.01"))))
        self.assertEqual(row["seen"], datetime.datetime(2024, 2, 29, 10, tzinfo=datetime.timezone.utc))


if __name__ == "__main__":
    unittest.main()
