#!/usr/bin/python3
"""How long `lemmata report` takes for many runs, and how large its page is.

    report_benchmark.py [--program build/lemmata] [--runs 200] [--records 500] [--threads 1 2]

Trains `mot/three_stage` once with every metric recorded, copies the result, and prints a line for each number of
threads. The page in a browser, and its size, are a test: tests/browser/report_test.mjs.
"""
import argparse
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

BUILT = pathlib.Path(__file__).resolve().parents[2] / "build" / "lemmata"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=BUILT)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--records", type=int, default=500)
    parser.add_argument("--threads", type=int, nargs="+", default=sorted({1, os.cpu_count() or 1}))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        steps = {0: asked.records // 10, 1: asked.records // 10, 2: asked.records - 1 - 2 * (asked.records // 10)}
        words = [word for stage, count in steps.items() for word in ("--set", f"stages.{stage}.steps={count}")]
        subprocess.run([asked.program, "run", "mot/three_stage", *words, "--set", "record.every=1", "--quiet", "--out",
                        folder / "run_0.h5"], check=True, capture_output=True)
        for number in range(1, asked.runs):
            shutil.copy(folder / "run_0.h5", folder / f"run_{number}.h5")
        print(f"{asked.runs} runs of {asked.records} records, {(folder / 'run_0.h5').stat().st_size / 1e6:.1f} MB each")
        for threads in asked.threads:
            begin, before = time.perf_counter(), os.times()
            subprocess.run([asked.program, "report", folder, "-o", folder / "page.html", "--threads", str(threads)],
                           check=True, capture_output=True)
            after = os.times()
            used = after.children_user + after.children_system - before.children_user - before.children_system
            print(f"{threads} threads: {time.perf_counter() - begin:.1f} s, {used:.1f} s of processor time, "
                  f"{(folder / 'page.html').stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
