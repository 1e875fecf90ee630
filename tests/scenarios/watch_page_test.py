"""The page of `lemmata watch --serve`: who gets what over loopback.  watch_page_test.py PROGRAM; exit 0, 1 or 77 (the
program was built without cpp-httplib, and says so)."""
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

from program import FOLDER, PROGRAM, lemmata, run, run_checks
from watch_test import writer


def serving(*words):
    """-> (the program, the port that it printed)."""
    server = subprocess.Popen([PROGRAM, "watch", *words], cwd=FOLDER, stdout=subprocess.PIPE, text=True)
    line = server.stdout.readline()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\n", line), f"{words}: {line!r}"
    return server, int(line.rsplit(":", 1)[1][:-2])


def get(port, path, host=None, method="GET"):
    """-> (status, headers, text)."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.putrequest(method, path, skip_host=True)
    for value in [f"127.0.0.1:{port}"] if host is None else host:
        connection.putheader("Host", value)
    connection.endheaders()
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, dict(answer.getheaders()), text


def listening(port):
    """The local addresses on which a port is listened on, as /proc/net shows them."""
    found = []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in open(table, encoding="ascii").read().splitlines()[1:] if os.path.exists(table) else ():
            address, state = line.split()[1], line.split()[3]
            if address.endswith(f":{port:04X}") and state == "0A":
                found.append(address)
    return found


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_view_that_follows_counts_every_record_of_a_fast_writer():
    server, port = serving("counted.jsonl", "--serve", "--interval", "0.2")
    try:
        assert writer("counted.jsonl", 3000, 1000).wait(timeout=60) == 0
        time.sleep(0.6)
        shown = json.loads(get(port, "/state.json")[2])["runs"][0]
        assert shown["records"] == 3000 and shown["step"] == 2999, (shown["records"], shown["step"])
        assert all(curve["count"] == 3000 for curve in shown["curves"]), shown
        assert not any(shown["passed_over"].values()) and shown["restarts"] == 0, shown
    finally:
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=10) == 0


def test_the_page_on_loopback_and_nothing_else():
    run("page.h5")
    for words in (["--serve"], ["--serve", str(free_port())]):
        server, port = serving("page.jsonl", *words)
        try:
            assert len(words) == 1 or port == int(words[1]), (words, port)
            assert listening(port) == [f"0100007F:{port:04X}"], listening(port)
            status, headers, page = get(port, "/")
            assert status == 200 and headers["Content-Type"].startswith("text/html"), headers
            assert headers["Cache-Control"] == "no-store" and "http" not in headers["Content-Security-Policy"], headers
            policy = headers["Content-Security-Policy"]
            nonce = re.search(r"script-src 'nonce-(\w{32})'", policy)[1]
            assert policy.startswith("default-src 'none';") and "unsafe" not in policy, policy
            assert page.count(f'nonce="{nonce}"') == 2 and not re.search(r"https?:|//\w", page), "an external source"
            status, headers, text = get(port, "/state.json")
            state = json.loads(text)
            assert status == 200 and headers["Cache-Control"] == "no-store" and state["runs"][0]["state"] == "finished"
            for host in ([f"localhost:{port}"], ["localhost"], ["127.0.0.1"]):
                assert get(port, "/state.json", host)[0] == 200, host
            for host in (["example.com"], [f"example.com:{port}"], [f"127.0.0.1.example.com:{port}"], [""], [],
                         ["127.0.0.1:1"], ["127.0.0.1", "example.com"], [f"[::1]:{port}"]):
                status, _, text = get(port, "/state.json", host)
                assert status in (400, 403) and "loss" not in text, (host, status)
            assert get(port, "/", ["example.com"])[0] == 403
            for path in ("/x", "/page.jsonl", "/state.json/", "//", "/../page.jsonl", "/%2e%2e/etc/passwd",
                         "/index.html"):
                assert get(port, path)[0] == 404, path
            for method in ("POST", "HEAD", "PUT", "DELETE", "OPTIONS"):
                assert get(port, "/", method=method)[0] == 405, method
            refused = subprocess.run([PROGRAM, "watch", "page.jsonl", "--serve", str(port)], cwd=FOLDER,
                                     capture_output=True, text=True, timeout=60)
            assert refused.returncode == 2 and str(port) in refused.stderr and not refused.stdout, refused
        finally:
            server.send_signal(signal.SIGINT)
            begin = time.monotonic()
            assert server.wait(timeout=10) == 0
            assert time.monotonic() - begin < 3 and not listening(port)


def test_a_browser_shows_the_page_without_a_fault_on_its_console():
    browser = shutil.which("chromium")
    if browser is None:
        print("no chromium: the page was not opened in a browser")
        return
    path = run("browser.h5")
    server, port = serving("browser.jsonl", "--serve", "--metric", "loss,error,none")
    try:
        words = ["--headless=new", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=3000", "--dump-dom",
                 f"--user-data-dir={FOLDER / 'browser'}", "--enable-logging=stderr", f"http://127.0.0.1:{port}/"]
        shown = subprocess.run([browser, *words], capture_output=True, text=True, timeout=120, check=False)
    finally:
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=10) == 0
    assert "CONSOLE" not in shown.stderr, [line for line in shown.stderr.splitlines() if "CONSOLE" in line]
    last = json.loads(path.with_suffix(".metrics.json").read_text())
    labels = re.findall(r'<canvas[^>]* aria-label="(\w+) over step, last value ([^"]*)"', shown.stdout)
    assert [name for name, _ in labels] == ["loss", "error"], shown.stdout[-2000:]
    assert abs(float(labels[0][1]) - last["loss"]) < 1e-4 * last["loss"], (labels, last["loss"])
    for text in ("finished: completed, stage 3 (III), step 100", "updates itself every 0.5 s", "no none in the lines"):
        assert text in shown.stdout, (text, shown.stdout[-2000:])


def is_left_out():
    """The program has no server, and says so in --version and with exit 2."""
    said = next(line for line in lemmata("--version").splitlines() if line.startswith("watch "))
    absent = "built without cpp-httplib" in said
    assert absent != ("--serve" in said), said
    server = subprocess.Popen([PROGRAM, "watch", str(FOLDER), "--serve"], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True)
    if server.stdout.readline():
        server.terminate()
        server.communicate(timeout=10)
        assert server.returncode == 0 and not absent, "SIGTERM"
        return False
    error = server.communicate(timeout=10)[1]
    assert server.returncode == 2 and "left out" in error and "libcpp-httplib-dev" in error, error
    assert absent, said
    return True


if __name__ == "__main__":
    if is_left_out():
        print("skipped: built without cpp-httplib")
        sys.exit(77)
    sys.exit(run_checks([check for name, check in list(globals().items()) if name.startswith("test_")]))
