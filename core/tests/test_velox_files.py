"""Transactions from files and into them, and the ways of transactions for tools that draw them."""
from __future__ import annotations

import http.server
import json
import re
import socket
import struct
import threading
import time

import pytest

from engine import PARTS, ROOT, result, stage, velox


def test_spans_say_where_the_time_was_spent():
    done = velox("--seconds", "0.2", "--rate", "20000", "--spans")
    assert done.returncode == 0, done.stderr
    table = done.stdout.split("Where that time was spent:\n")[1].split("\n\n")[0].splitlines()[1:]
    assert [line[:8].strip() for line in table] == PARTS
    assert abs(sum(float(line.split()[-2]) for line in table) - 100) < 0.5


def test_a_chrome_trace_has_the_way_of_each_recorded_transaction(tmp_path):
    done = velox("--transactions", "1000", "--rate", "20000", "--sample-every", "10", "--trace", "trace.json",
                 folder=tmp_path)
    assert done.returncode == 0, done.stderr
    events = [event for event in json.loads((tmp_path / "trace.json").read_text())["traceEvents"] if event["ph"] != "M"]
    ways: dict[str, list] = {}
    for event in events:
        ways.setdefault(event["id"], []).append(event)
    assert sorted(map(int, ways)) == list(range(0, 1000, 10))
    for way in ways.values():
        assert [event["name"] for event in way] == [part for part in PARTS for _ in range(2)]
        assert [event["ph"] for event in way] == ["b", "e"] * len(PARTS)
        times = [event["ts"] for event in way]
        assert all(end >= begin for begin, end in zip(times[::2], times[1::2]))


def test_otlp_has_a_trace_for_each_transaction_and_a_span_for_each_part(tmp_path):
    done = velox("--transactions", "50", "--rate", "20000", "--otlp", "otlp.json", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    [resource] = json.loads((tmp_path / "otlp.json").read_text())["resourceSpans"]
    assert resource["resource"]["attributes"] == [{"key": "service.name", "value": {"stringValue": "velox"}}]
    spans = resource["scopeSpans"][0]["spans"]
    assert len(spans) == 50 * 9
    roots = {span["traceId"]: span for span in spans if "parentSpanId" not in span}
    assert len(roots) == 50 and all(re.fullmatch("[0-9a-f]{32}", name) for name in roots)
    for span in spans:
        assert re.fullmatch("[0-9a-f]{16}", span["spanId"])
        assert abs(int(span["startTimeUnixNano"]) / 1e9 - time.time()) < 60
        assert int(span["endTimeUnixNano"]) >= int(span["startTimeUnixNano"])
        if "parentSpanId" in span:
            assert roots[span["traceId"]]["spanId"] == span["parentSpanId"]
    assert len({(span["traceId"], span["spanId"]) for span in spans}) == len(spans)


class Collector(http.server.BaseHTTPRequestHandler):
    """Keeps what is posted to it, and answers with the number that the path ends with."""

    posted: list[tuple[str, str, bytes]] = []

    def do_POST(self) -> None:  # noqa: N802
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.posted.append((self.path, self.headers["Content-Type"], body))
        self.send_response(int(self.path.rsplit("/", 1)[1]))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture()
def collector():
    server = http.server.HTTPServer(("127.0.0.1", 0), Collector)
    Collector.posted.clear()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_otlp_is_sent_to_a_collector(collector):
    done = velox("--transactions", "20", "--rate", "20000", "--otlp", f"{collector}/v1/traces/200")
    assert (done.returncode, done.stderr) == (0, "")
    [(path, kind, body)] = Collector.posted
    assert (path, kind) == ("/v1/traces/200", "application/json")
    assert len(json.loads(body)["resourceSpans"][0]["scopeSpans"][0]["spans"]) == 20 * 9


def test_a_collector_that_refuses_or_is_not_there_is_told_after_the_summary(collector):
    done = velox("--transactions", "20", "--rate", "20000", "--otlp", f"{collector}/503")
    assert done.returncode == 2 and "came out once" in done.stdout
    assert done.stderr == f"velox: --otlp {collector}/503: the collector answered 503.\n"
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/v1/traces"
    done = velox("--transactions", "20", "--rate", "20000", "--otlp", url)
    assert done.returncode == 2 and "came out once" in done.stdout
    assert re.fullmatch(rf"velox: --otlp {url} could not be sent: .*\S\.\n", done.stderr)


def test_only_the_latest_spans_are_kept(tmp_path):
    done = velox("--transactions", "20000", "--rate", "0", "--trace", "trace.json", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    events = json.loads((tmp_path / "trace.json").read_text())["traceEvents"][1:]
    assert sorted({int(event["id"]) for event in events}) == list(range(10000, 20000))


HEADING = "due_ns,side,kind,price_tick,quantity\n"


@pytest.mark.parametrize("name", ["market.csv", "market.bin"])
def test_what_was_recorded_is_replayed(tmp_path, name):
    record = ("--record", name, "--transactions", "5000", "--rate", "50000", "--seed", "7")
    assert velox(*record, folder=tmp_path).returncode == 0
    first = (tmp_path / name).read_bytes()
    assert velox(*record, folder=tmp_path).returncode == 0
    assert (tmp_path / name).read_bytes() == first  # the seed decides
    found = result(tmp_path, "--replay", name)
    assert (found["transactions"], found["fault"]) == (5000, None)
    assert stage(found, "book")["refused"] == 0
    assert 0.05 < found["elapsed_ns"] / 1e9 < 5  # 0.1 s at that rate
    found = result(tmp_path, "--replay", name, "--rate", "0")
    assert (found["transactions"], found["fault"]) == (5000, None)
    assert sorted(path.name for path in tmp_path.iterdir()) == [name, "result.json"]


def test_both_kinds_of_file_hold_the_same_market(tmp_path):
    for name in ("market.csv", "market.bin"):
        assert velox("--record", name, "--transactions", "100", "--rate", "1e5", folder=tmp_path).returncode == 0
    rows = (tmp_path / "market.csv").read_text().splitlines()[1:]
    records = (tmp_path / "market.bin").read_bytes()
    assert records[:8] == b"VELOXTX1" and len(records) == 8 + 32 * 100
    for number, row in enumerate(rows):
        sequence, due, tick, quantity, side, kind, *_ = struct.unpack_from("<QQIIBBHI", records, 8 + 32 * number)
        assert row == f"{due},{('bid', 'ask')[side]},{('add', 'cancel')[kind]},{tick},{quantity}"
        assert sequence == number


def test_the_market_that_is_shipped_is_what_its_options_record(tmp_path):
    shipped = ROOT / "core/program/market.csv"
    record = ("--record", "market.csv", "--transactions", "1000", "--rate", "50000", "--seed", "2026")
    assert velox(*record, folder=tmp_path).returncode == 0
    assert (tmp_path / "market.csv").read_bytes() == shipped.read_bytes()
    found = result(tmp_path, "--replay", str(shipped))
    assert (found["transactions"], found["fault"], stage(found, "book")["refused"]) == (1000, None, 0)
    assert (found["settings"]["rate_per_sec"], found["settings"]["seed"]) == (None, None)


def test_a_replay_that_is_ended_counts_what_was_due_as_dropped(tmp_path):
    (tmp_path / "x.csv").write_text(HEADING + "0,bid,add,5,1\n" * 200_000 + "9000000000,bid,add,5,1\n")
    found = result(tmp_path, "--replay", "x.csv", "--seconds", "0.001", "--threads", "1", "--ring", "64")
    ingress = stage(found, "ingress")
    assert (ingress["in"], ingress["in"] - ingress["out"]) == (200_000, ingress["dropped"])
    assert found["fault"] is None


def test_a_link_is_written_through(tmp_path):
    (tmp_path / "old.csv").write_text("old")
    (tmp_path / "link.csv").symlink_to("old.csv")
    assert velox("--record", "link.csv", "--transactions", "5", folder=tmp_path).returncode == 0
    assert (tmp_path / "link.csv").is_symlink() and (tmp_path / "old.csv").read_text().startswith("due_ns")
    assert len(list(tmp_path.iterdir())) == 2


def test_a_link_to_what_is_not_there_yet_stays_one(tmp_path):
    (tmp_path / "link.csv").symlink_to("new.csv")
    assert velox("--record", "link.csv", "--transactions", "5", folder=tmp_path).returncode == 0
    assert (tmp_path / "link.csv").is_symlink() and (tmp_path / "new.csv").read_text().startswith("due_ns")


def test_comments_empty_lines_and_windows_line_ends_are_no_transactions(tmp_path):
    (tmp_path / "x.csv").write_bytes(b"# a market\r\n\r\n" + HEADING.encode().replace(b"\n", b"\r\n") +
                                     b"0,bid,add,5,10\r\n# and\r\n5,bid,cancel,5,10")
    found = result(tmp_path, "--replay", "x.csv")
    assert (found["transactions"], found["fault"], stage(found, "book")["refused"]) == (2, None, 0)


@pytest.mark.parametrize("text, said", [
    ("", "x.csv is empty"),
    ("due_ns\n", "x.csv:1:1: the heading must be due_ns,side,kind,price_tick,quantity"),
    (HEADING + "1,bid,add,5,10\nx,bid,add,5,10\n", "x.csv:3:1: due_ns must be"),
    (HEADING + "-1,bid,add,5,10\n", "x.csv:2:1: due_ns must be"),
    (HEADING + "18446744073709551616,bid,add,5,10\n", "x.csv:2:1: due_ns must be"),
    (HEADING + "1,buy,add,5,10\n", "x.csv:2:3: side must be bid or ask"),
    (HEADING + "1,bid,addition,5,10\n", "x.csv:2:7: kind must be add or cancel"),
    (HEADING + "1,bid,add,4294967296,10\n", "x.csv:2:11: price_tick must be"),
    (HEADING + "1,bid,add,1024,10\n", "x.csv:2:11: price_tick 1024 is outside of the book (0 to 1023); give more --levels"),
    (HEADING + "1,bid,add,5,0\n", "x.csv:2:13: quantity must be"),
    (HEADING + "1,bid,add,5\n", "x.csv:2:12: a comma must stand here"),
    (HEADING + "1,bid,add,5,10,3\n", "x.csv:2:15: the line must end after the quantity"),
    (HEADING + "1,bid,add,5 ,10\n", "x.csv:2:12: a comma must stand here"),
    (HEADING + "2,bid,add,5,10\n1,bid,add,5,10\n", "x.csv:3:1: due_ns goes back"),
    (HEADING + "1,bid,add,5,10\0\n", "x.csv:2:15: a NUL byte is no text"),
])
def test_a_malformed_text_is_refused_with_line_and_column(tmp_path, text, said):
    (tmp_path / "x.csv").write_text(text)
    done = velox("--replay", "x.csv", folder=tmp_path)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1), done.stderr
    assert said in done.stderr and done.stderr.endswith(".\n"), done.stderr


@pytest.mark.parametrize("place, byte, said", [
    (8 + 32 * 3 + 5, 1, "transaction 3: its checksum is wrong"), (-1, None, "breaks off within transaction 9")])
def test_a_damaged_binary_is_refused_with_the_number_of_the_transaction(tmp_path, place, byte, said):
    assert velox("--record", "x.bin", "--transactions", "10", folder=tmp_path).returncode == 0
    content = bytearray((tmp_path / "x.bin").read_bytes())
    if byte is None:
        content = content[:place]
    else:
        content[place] ^= byte
    (tmp_path / "x.bin").write_bytes(content)
    done = velox("--replay", "x.bin", folder=tmp_path)
    assert done.returncode == 2 and f"x.bin{'' if byte is None else ':'} {said}" in done.stderr, done.stderr


@pytest.mark.parametrize("arguments, named", [
    (("--replay", "missing.csv"), ("missing.csv", "No such file")),
    (("--replay", "."), (".", "directory")),
    (("--record", "x.csv"), ("--transactions",)),
    (("--record", "x.csv", "--transactions", "5", "--rate", "0"), ("--rate",)),
    (("--record", "missing/x.csv", "--transactions", "5"), ("missing/x.csv", "No such file")),
    (("--record", "x.csv", "--transactions", "5", "--replay", "y.csv"), ("--record", "--replay")),
    (("--record", "x.csv", "--transactions", "5", "--json", "y.json"), ("--record", "--json")),
    (("--record", "x.csv", "--transactions", "5", "--spans"), ("--record", "--spans")),
    (("--pin", "--record", "x.csv", "--transactions", "5"), ("--record", "--pin")),
], ids=" ".join)
def test_files_that_cannot_be_had_are_told_in_a_sentence(tmp_path, arguments, named):
    done = velox(*arguments, folder=tmp_path)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1), done.stderr
    assert not [word for word in named if word not in done.stderr], done.stderr
    assert list(tmp_path.iterdir()) == []
