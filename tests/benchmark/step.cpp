// One full-batch joint training step, timed: `lemmata-bench-step K d L M STEPS [THREADS]` prints JSON.
// ffn, attention and gate by gd, sampled routing with noise drawn anew each step, softmax attention, linear form,
// squared loss, combine one. The peer is scripts/peers/benchmark.py.
#include <time.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

#include "sim/train/trainer.h"

namespace {

struct Silent final : lemmata::sim::Observer {
  bool observe(const lemmata::sim::Snapshot& snapshot) override {
    loss = snapshot.evaluation.loss;
    return true;
  }
  double loss = 0;
};

struct Times {
  double wall, cpu;  // s; cpu of all threads together
};

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// Most memory this program ever held; getrusage would count what the process that started it held before. 0 where
/// /proc has no VmHWM.
double peak_rss_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return 1024.0 * std::strtod(line.c_str() + 6, nullptr);  // in kB
  }
  return 0;
}

lemmata::sim::Config config_of(long samples, long features, long tokens, long experts, long steps) {
  lemmata::sim::Config config;
  config.data.sampling = "random";
  config.data.samples = samples;
  config.data.features = features;
  config.data.tokens = tokens;
  config.data.classes = std::max(2L, std::min(experts, features / 2));
  config.data.noise_std = 0.1;
  config.data.heldout = 0;
  config.model.experts = experts;
  config.model.gate.routing = "sampled";
  config.stages = {
      {"joint", steps, {{"ffn", {"gd", 0.05}}, {"attention", {"gd", 0.3}}, {"gate", {"gd", 1.0}}}, {}, false}};
  return config;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 6) {
    std::fprintf(stderr, "usage: lemmata-bench-step K d L M STEPS [THREADS]\n");
    return 2;
  }
  const auto number = [&](int i) { return std::strtol(argv[i], nullptr, 10); };
  const int threads = argc > 6 ? static_cast<int>(number(6)) : static_cast<int>(std::thread::hardware_concurrency());
  lemmata::sim::ThreadTeam team(threads);
  Silent silent;
  const auto timed = [&](long steps) {
    const auto experiment = lemmata::sim::make_experiment(config_of(number(1), number(2), number(3), number(4), steps));
    auto state = lemmata::sim::initial_state(experiment);
    const auto start = std::chrono::steady_clock::now();
    const double cpu = cpu_seconds();
    lemmata::sim::train(experiment, state, silent, &team);
    return Times{std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(), cpu_seconds() - cpu};
  };
  const long steps = number(5);
  const Times warm = timed(1),
              all = timed(1 + steps);  // set-up and first touch of the buffers cancel in the difference
  const double data = 8.0 * static_cast<double>(number(1) * number(2) * number(3));
  const double parameters = 8.0 * static_cast<double>(number(4)) * static_cast<double>(number(2) * (number(2) + 2));
  const auto per_step = [&](double more, double less) { return (more - less) / static_cast<double>(steps); };
  std::printf("{\"seconds_per_step\": %.9g, \"cpu_seconds_per_step\": %.9g, \"threads\": %d, \"loss\": %.17g, ",
              per_step(all.wall, warm.wall), per_step(all.cpu, warm.cpu), threads, silent.loss);
  std::printf("\"peak_rss_bytes\": %.0f, \"data_and_parameters_bytes\": %.0f}\n", peak_rss_bytes(), data + parameters);
  return 0;
}
