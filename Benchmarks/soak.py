"""A server under load for minutes, and whether its memory stays. Called by `make soak`.

soak.py TARN FOLDER MINUTES

Starts `tarn up` in FOLDER. Sixteen clients send queries, writes, Python and Bash scripts, scripts by path, large results, wrong SQL, cancelled and
asynchronous jobs and requests that break off. Every answer is checked. Prints the resident memory of the server and of its worker at each
quarter, and ends with 1 when an answer was wrong or when the last quarter's memory is more than a tenth and 16 MiB above the second's.
"""

import http.client
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import threading
import time
import urllib.parse

CLIENTS = 16
PYTHON = "def main(n: int):\n    print('line')\n    return n + 1\n"
BASH = 'n="$1"\necho "$((n + 1))"\n'


class Server:
    def __init__(self, tarn, folder):
        os.makedirs(folder, exist_ok=True)
        self.errors = open(folder + ".log", "w")
        self.process = subprocess.Popen(
            [tarn, "up", "--workspace", folder, "--port", "0"], stdout=subprocess.PIPE, stderr=self.errors, text=True)
        self.url = urllib.parse.urlsplit(self.process.stdout.readline().split()[-1])
        self.token = self.process.stdout.readline().split()[-1]

    def connect(self):
        return http.client.HTTPConnection(self.url.hostname, self.url.port, timeout=120)

    def memory(self):
        """Resident MiB of the server, and of its worker."""
        worker = subprocess.run(["pgrep", "-P", str(self.process.pid), "tarn"], capture_output=True, text=True).stdout.split()
        return [resident(self.process.pid), sum(resident(pid) for pid in worker)]

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=60)


def resident(pid):
    try:
        with open(f"/proc/{pid}/status") as lines:
            return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024
    except (OSError, StopIteration):
        return 0


class Client:
    def __init__(self, server, number):
        self.server = server
        self.random = random.Random(number)
        self.connection = server.connect()
        self.counts = {}
        self.wrong = []

    def ask(self, method, path, body=None, accept=None):
        headers = {"Authorization": "Bearer " + self.server.token}
        if accept:
            headers["Accept"] = accept
        self.connection.request(method, "/api/w/main/" + path, body and json.dumps(body), headers)
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def run(self, language, content, args=None, accept=None):
        return self.ask(
            "POST", "jobs/run_wait_result/preview", {"language": language, "content": content, "args": args or {}}, accept)

    def query(self, n):
        return self.run("duckdb", "-- $n (bigint)\nSELECT $n + 1 AS n", {"n": n}) == (200, f'[{{"n":{n + 1}}}]'.encode())

    def write(self, n):
        status, text = self.run("duckdb", f"INSERT INTO numbers VALUES ({n})")
        return status == 200

    def python(self, n):
        return self.run("python3", PYTHON, {"n": n}) == (200, str(n + 1).encode())

    def bash(self, n):
        status, text = self.run("bash", BASH, {"n": n})
        return status == 200 and str(n + 1) in text.decode()

    def large(self, n):
        status, text = self.run("duckdb", "SELECT range AS a FROM range(200000)", accept="application/x-ndjson")
        return status == 200 and text.count(b"\n") == 200000

    def wrong_sql(self, n):
        status, text = self.run("duckdb", "SELECT missing FROM nowhere")
        return status == 500 and b"nowhere" in text

    def asynchronous(self, n):
        status, text = self.ask("POST", "jobs/run/preview", {"language": "duckdb", "content": f"SELECT {n} AS n", "args": {}})
        job = text.decode()
        for _ in range(3000):
            answer = json.loads(self.ask("GET", f"jobs_u/completed/get_result_maybe/{job}")[1])
            if answer["completed"]:
                return answer["success"] and answer["result"] == [{"n": n}]
            time.sleep(0.02)
        return False

    def cancelled(self, n):
        endless = "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b"
        job = self.ask("POST", "jobs/run/preview", {"language": "duckdb", "content": endless, "args": {}})[1].decode()
        status, _ = self.ask("POST", f"jobs_u/queue/cancel/{job}", {"reason": "soak"})
        for _ in range(3000):
            if json.loads(self.ask("GET", f"jobs_u/completed/get_result_maybe/{job}")[1])["completed"]:
                return status == 200
            time.sleep(0.02)
        return False

    def leaves(self, n):
        self.connection.request(
            "POST", "/api/w/main/jobs/run_wait_result/preview",
            json.dumps({"language": "duckdb", "content": "SELECT range AS a FROM range(1000000)", "args": {}}),
            {"Authorization": "Bearer " + self.server.token, "Accept": "application/x-ndjson"})
        self.connection.getresponse().read(1000)
        self.connection.close()
        self.connection = self.server.connect()
        return True

    def work(self, end):
        kinds = [self.query] * 40 + [self.write] * 4 + [self.python] * 6 + [self.bash] * 2 + [self.asynchronous] * 4
        kinds += [self.wrong_sql] * 2 + [self.large, self.cancelled, self.leaves]
        while time.monotonic() < end:
            kind = self.random.choice(kinds)
            n = self.random.randrange(1000000)
            try:
                good = kind(n)
            except Exception as error:  # Whatever it is, it is no answer.
                good = False
                self.wrong.append(f"{kind.__name__}: {error!r}")
                self.connection = self.server.connect()
            else:
                if not good:
                    self.wrong.append(f"{kind.__name__}({n})")
            self.counts[kind.__name__] = self.counts.get(kind.__name__, 0) + 1


def main(tarn, folder, minutes):
    server = Server(tarn, folder)
    first = Client(server, 0)
    first.run("duckdb", "CREATE TABLE IF NOT EXISTS numbers (n BIGINT)")
    begin = time.monotonic()
    end = begin + float(minutes) * 60
    clients = [Client(server, number) for number in range(CLIENTS)]
    threads = [threading.Thread(target=client.work, args=(end,)) for client in clients]
    for thread in threads:
        thread.start()
    readings = []
    while any(thread.is_alive() for thread in threads):
        time.sleep(1)
        readings.append(server.memory())
    for thread in threads:
        thread.join()
    quarter = max(1, len(readings) // 4)
    parts = [readings[i * quarter:(i + 1) * quarter] for i in range(4)]
    medians = [[round(statistics.median(reading[who] for reading in part)) for part in parts if part] for who in (0, 1)]
    counts = {}
    for client in clients:
        for name, count in client.counts.items():
            counts[name] = counts.get(name, 0) + count
    wrong = [text for client in clients for text in client.wrong]
    total = sum(counts.values())
    print(f"server soak: {total} requests in {time.monotonic() - begin:.0f} s ({', '.join(f'{n} {c}' for n, c in sorted(counts.items()))})")
    for name, values in zip(("server", "worker"), medians):
        print(f"server soak: resident memory of the {name}, MiB, by quarters: {values}")
    for text in wrong[:20]:
        print("server soak: wrong:", text)
    status = server.stop()
    grown = [values for values in medians if values[-1] > values[1] * 1.1 + 16]
    print(f"server soak: {len(wrong)} wrong answers, {'memory grew' if grown else 'memory stayed'}, tarn up ended with {status}")
    return 1 if wrong or grown or status else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
