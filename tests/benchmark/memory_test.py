"""Peak memory of joint training at the benchmark's largest size: below twice the data plus parameters. Argument:
lemmata-bench-step."""
import json
import subprocess
import sys

SIZE = ("4096", "128", "16", "16")      # samples, features, tokens, experts
STEPS, THREADS = "2", "2"

report = json.loads(subprocess.run([sys.argv[1], *SIZE, STEPS, THREADS], capture_output=True, text=True,
                                   check=True).stdout)
peak, held = report["peak_rss_bytes"], report["data_and_parameters_bytes"]
samples, features, tokens, experts = map(int, SIZE)
assert held == 8 * (samples * tokens * features + experts * features * (features + 2)), \
    f"the program counts {held} bytes"
print(f"peak {peak / 2**20:.1f} MiB, data plus parameters {held / 2**20:.1f} MiB: {peak / held:.3f} times, allowed 2")
sys.exit(not held < peak < 2 * held)
