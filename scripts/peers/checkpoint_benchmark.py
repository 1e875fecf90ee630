"""What checkpoints cost: one run without any, with the default ones, and with very many, in turn.

    scripts/peers/checkpoint_benchmark.py [--program build/lemmata] [--repeats 5] [--steps 12000] [--experts 24]

Prints the wall times, the median ratio of default to none, and what one checkpoint takes by the run with many: its
share of the default 30 seconds is the cost where the ratio drowns in the noise of the machine."""
import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile
import time

DEFAULT, MANY = 30, 0.02  # seconds between checkpoints


def seconds(program, settings, every, folder):
    options = [] if every == DEFAULT else ["--checkpoint-every", str(every)]
    start = time.monotonic()
    subprocess.run([program, "run", "mot/three_stage", *settings, "--out", folder / "x.h5", "--quiet", *options],
                   check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/lemmata")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--steps", type=int, default=12000, help="of each of the three stages")
    parser.add_argument("--experts", type=int, default=24)
    options = parser.parse_args()
    settings = [word for setting in (f"model.experts={options.experts}",
                                     *(f"stages.{stage}.steps={options.steps}" for stage in range(3)))
                for word in ("--set", setting)]
    program, ratios, each = pathlib.Path(options.program).resolve(), [], []
    with tempfile.TemporaryDirectory() as name:
        for repeat in range(options.repeats):
            order = [0, DEFAULT, MANY] if repeat % 2 == 0 else [MANY, DEFAULT, 0]  # the machine drifts
            took = {every: seconds(program, settings, every, pathlib.Path(name)) for every in order}
            ratios.append(took[DEFAULT] / took[0])
            each.append((took[MANY] - took[0]) / (took[MANY] / MANY))
            print(f"none {took[0]:7.2f} s   every {DEFAULT} s {took[DEFAULT]:7.2f} s   every {MANY} s "
                  f"{took[MANY]:7.2f} s   one takes {1e3 * each[-1]:.2f} ms", flush=True)
    one = statistics.median(each)
    print(json.dumps({"steps": 3 * options.steps, "experts": options.experts, "ratio": statistics.median(ratios),
                      "milliseconds_each": 1e3 * one, "share_of_default_interval": one / DEFAULT}))


if __name__ == "__main__":
    main()
