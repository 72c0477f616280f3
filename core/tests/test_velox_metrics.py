"""The figures of a running engine over HTTP: their form, and clients that misbehave."""
from __future__ import annotations

import http.client
import json
import re
import resource
import signal
import socket
import subprocess
import threading
import time
import urllib.parse
from pathlib import Path

import pytest

from engine import PARTS, VELOX, velox


class Serving:
    """velox with --metrics on a free port, until the block ends."""

    def __init__(self, *arguments: str) -> None:
        self.arguments = ("--seconds", "0", "--metrics", "0", *arguments)

    def __enter__(self) -> "Serving":
        self.running = subprocess.Popen([VELOX, *self.arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        text=True)
        assert self.running.stdout is not None
        line = self.running.stdout.readline()
        found = re.fullmatch(r"Metrics: http://127\.0\.0\.1:(\d+)/metrics\n", line)
        if found is None:
            self.running.kill()
            raise AssertionError(f"velox said {line!r}")
        self.port = int(found[1])
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        """In order, so that a leak is noticed where a sanitizer looks for it."""
        if self.running.poll() is None:
            self.running.terminate()
        try:
            _, said = self.running.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            self.running.kill()
            raise
        assert kind is not None or self.running.returncode == 0, said

    def get(self, path: str, method: str = "GET", body: bytes | None = None) -> tuple[int, str, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, path, body)
        answer = connection.getresponse()
        return answer.status, answer.headers["Content-Type"], answer.read().decode()

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def came_out(self) -> int:
        return int(re.search(r'^velox_stage_out_total\{stage="output"\} (\d+)$', self.get("/metrics")[2], re.M)[1])

    def wait_for_transactions(self, more: int = 1) -> None:
        target = self.came_out() + more
        end = time.monotonic() + 30
        while self.came_out() < target:
            assert time.monotonic() < end, "the engine does not move"
            time.sleep(0.02)


def test_metrics_are_in_the_text_format_of_prometheus():
    with Serving("--rate", "20000") as server:
        server.wait_for_transactions(1000)
        status, kind, text = server.get("/metrics")
    assert (status, kind) == (200, "text/plain; version=0.0.4; charset=utf-8")
    kinds = dict(re.findall(r"^# TYPE (\S+) (counter|gauge|histogram)$", text, re.M))
    assert set(re.findall(r"^# HELP (\S+) \S.*\.$", text, re.M)) == set(kinds)
    samples = [line for line in text.splitlines() if not line.startswith("#")]
    for line in samples:
        assert re.fullmatch(r'[a-z_]+(\{[a-z]+="[^"]+"(,[a-z]+="[^"]+")*\})? -?(\d+(\.\d+)?(e[-+]\d+)?)', line), line
        name = re.sub(r"_(bucket|sum|count)$", "", line.split("{")[0].split(" ")[0])
        assert name in kinds or line.split("{")[0].split(" ")[0] in kinds, line
    assert all(name.endswith("_total") for name, its in kinds.items() if its == "counter")
    buckets = [int(value) for value in re.findall(r'^velox_latency_seconds_bucket\{le="[^"]+"\} (\d+)$', text, re.M)]
    assert len(buckets) == 20 and buckets == sorted(buckets) and buckets[-1] >= 1000
    assert re.search(rf"^velox_latency_seconds_count {buckets[-1]}$", text, re.M)


def test_promtool_accepts_the_metrics():
    with Serving() as server:
        server.wait_for_transactions()
        text = server.get("/metrics")[2]
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Prometheus:
    """A server that scrapes a running engine five times a second, until the block ends."""

    def __init__(self, folder: Path, engine: Serving) -> None:
        self.port = free_port()
        config = {"global": {"scrape_interval": "200ms", "scrape_timeout": "200ms"},
                  "scrape_configs": [{"job_name": "velox",
                                      "static_configs": [{"targets": [f"127.0.0.1:{engine.port}"]}]}]}
        (folder / "prometheus.yml").write_text(json.dumps(config))  # JSON is YAML
        self.command = ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
                        f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=error"]

    def __enter__(self) -> "Prometheus":
        self.running = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return self

    def __exit__(self, *_: object) -> None:
        self.running.kill()
        self.running.wait(timeout=30)

    def ask(self, query: str) -> list[dict]:
        """Nothing before it is ready."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", "/api/v1/query?" + urllib.parse.urlencode({"query": query}))
            answer = connection.getresponse()
            return json.load(answer)["data"]["result"] if answer.status == 200 else []
        except OSError:
            return []

    def value(self, query: str) -> float:
        """As soon as it has one."""
        end = time.monotonic() + 30
        while time.monotonic() < end:
            found = self.ask(query)
            if found and found[0]["value"][1] != "NaN":
                return float(found[0]["value"][1])
            assert self.running.poll() is None, "prometheus has ended"
            time.sleep(0.1)
        raise AssertionError(f"prometheus has no {query}")


def test_prometheus_scrapes_the_engine(tmp_path):
    with Serving("--rate", "20000") as server, Prometheus(tmp_path, server) as prometheus:
        prometheus.value("count_over_time(velox_elapsed_seconds[2s]) >= 8")  # enough to tell a rate
        rate = prometheus.value('rate(velox_stage_out_total{stage="output"}[1s])')
        p50_s = prometheus.value("histogram_quantile(0.5, rate(velox_latency_seconds_bucket[1s]))")
        assert prometheus.value('max_over_time(up{job="velox"}[2s])') == 1
        assert prometheus.value("velox_ring_capacity{stage=\"book\"}") == 4096
        slowest_s = json.loads(server.get("/debug/latency")[2])["latency"]["max_ns"] / 1e9
    assert 10000 < rate < 30000
    assert 0 < p50_s <= 5 * slowest_s  # buckets are 2.5 times as long as the one before at most


def test_debug_latency_has_percentiles_of_all_and_of_each_part():
    with Serving("--rate", "20000", "--spans") as server:
        server.wait_for_transactions(1000)
        status, kind, text = server.get("/debug/latency")
    found = json.loads(text)
    assert (status, kind) == (200, "application/json")
    assert [part["part"] for part in found["parts"]] == PARTS
    for of in (found["latency"], found["uncorrected_latency"], *(part["latency"] for part in found["parts"])):
        assert of["count"] >= 1000
        assert of["min_ns"] <= of["p50_ns"] <= of["p99_ns"] <= of["p99_99_ns"] <= of["max_ns"]
    with Serving() as server:
        assert json.loads(server.get("/debug/latency")[2])["parts"] is None


def test_measured_blocks_are_among_both():
    with Serving() as server:
        end = time.monotonic() + 30
        measured: list[dict] = []
        while not measured and time.monotonic() < end:  # the line of the first second
            time.sleep(0.1)
            measured = json.loads(server.get("/debug/latency")[2])["measured"]
        text = server.get("/metrics")[2]
    assert [one["block"] for one in measured] == ["monitor_line"] and measured[0]["lost"] == 0
    assert measured[0]["latency"]["count"] >= 1
    assert re.search(r'^velox_measured_seconds_count\{block="monitor_line"\} [1-9]', text, re.M), text
    assert re.search(r'^velox_measured_seconds_bucket\{block="monitor_line",le="\+Inf"\} [1-9]', text, re.M), text


def test_what_is_not_there_is_said_to_be_so():
    with Serving() as server:
        assert server.get("/")[::2] == (404, "There is /metrics, and /debug/latency.\n")
        assert server.get("/metrics", "POST", b"x" * 100000)[::2] == (405, "Only GET is answered.\n")
        assert server.get("/metrics", "HEAD")[::2] == (200, "")


@pytest.fixture()
def many_files():
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits[1], limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def open_files(process: subprocess.Popen[str]) -> int:
    return len(list(Path(f"/proc/{process.pid}/fd").iterdir()))


def was_cut_off(client: socket.socket) -> bool:
    """Whether the server gave it up, with an error or without a word."""
    try:
        said = client.recv(4096)
    except ConnectionError:
        return True
    return said == b"" or re.match(rb"HTTP/1\.\d [45]\d\d ", said) is not None


@pytest.mark.parametrize("says", [b"GET /metr", b"GET /metrics HTTP/1.1\r\nX: " + b"x" * 10_000_000 + b"\r\n\r\n",
                                  bytes(range(256)) * 16], ids=["half a request", "a long header", "nonsense"])
def test_a_bad_client_is_cut_off(says):
    with Serving("--rate", "20000") as server:
        client = server.connect()
        try:
            client.sendall(says)
        except OSError:
            pass  # it was cut off already
        assert was_cut_off(client)
        server.wait_for_transactions(1000)


def test_clients_that_go_away_before_the_answer_stop_nothing():
    with Serving("--rate", "20000") as server:
        for _ in range(20):
            gone = server.connect()
            gone.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
            gone.close()
        server.wait_for_transactions(1000)


def test_a_thousand_clients_take_few_connections_and_keep_others_out_for_some_seconds_only(many_files):
    with Serving("--rate", "20000") as server:
        before = open_files(server.running)
        clients = [socket.socket() for _ in range(1000)]
        for client in clients:  # most are neither let in nor kept waiting: connecting would take long
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", server.port))
            try:
                client.send(b"GET /metr")
            except OSError:
                pass
        came_out = server.came_out()  # once those that are in have been silent for too long
        assert open_files(server.running) - before <= 80
        server.wait_for_transactions(1000)
        assert server.came_out() > came_out
        for client in clients:
            client.close()


def test_clients_that_are_connected_do_not_delay_the_end(many_files):
    with Serving("--rate", "20000") as server:
        clients = [server.connect() for _ in range(100)]
        for client in clients:
            client.sendall(b"GET /metr")
        begin = time.monotonic()
        server.running.send_signal(signal.SIGTERM)
        text, _ = server.running.communicate(timeout=30)
        assert time.monotonic() - begin < 4  # a silent one is closed after 5 s
        assert "what was accepted came out once, in order and unchanged." in text
        for client in clients:
            client.close()


def test_an_end_amid_bad_requests_is_in_order():
    """libmicrohttpd 0.9.75 crashes where it is stopped while it answers one."""
    for _ in range(15):
        with Serving("--rate", "20000") as server:
            server.wait_for_transactions()
            over = threading.Event()

            def pester() -> None:
                while not over.is_set():
                    try:
                        with socket.create_connection(("127.0.0.1", server.port), timeout=0.1) as client:
                            client.sendall(b"\x7f" * 65536)
                    except OSError:
                        pass

            pesterers = [threading.Thread(target=pester) for _ in range(4)]
            for one in pesterers:
                one.start()
            time.sleep(0.05)
            server.running.terminate()
            server.running.wait(timeout=30)
            over.set()
            for one in pesterers:
                one.join()
            assert server.running.returncode == 0


def test_a_port_in_use_is_told_in_a_sentence():
    with Serving() as server:
        done = velox("--metrics", f"127.0.0.1:{server.port}")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"velox: --metrics 127.0.0.1:{server.port} cannot be listened at: Address already in use.\n"


def test_without_a_host_only_loopback_is_served():
    for address in ("0", ":0", "localhost:0", "127.0.0.1:0"):
        done = velox("--seconds", "0.1", "--metrics", address)
        assert done.stdout.startswith("Metrics: http://127.0.0.1:"), done.stdout + done.stderr
