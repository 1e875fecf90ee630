// Training steps of the transformer, timed: `lemmata-bench-transformer LAYERS d V LENGTH SEQUENCES STEPS [THREADS]`
// prints JSON. ReLU FFN of 4 d, post-LN, next-token loss of random tokens, all blocks by Adam at rate 1e-3, full batch.
// Only tokens and sizes are those of the peer, scripts/peers/transformer_benchmark.py; a time depends on no value.
#include <time.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "sim/random.h"
#include "sim/transformer/transformer.h"

namespace sim = lemmata::sim;

namespace {

using Clock = std::chrono::steady_clock;

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

sim::TokenBatch random_tokens(long vocabulary, long length, long sequences) {
  sim::Corpus corpus{vocabulary, length, {}};
  sim::Philox random(0, sim::Purpose::data, 0);
  for (long i = 0; i < length * sequences; ++i)
    corpus.tokens.push_back(static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(vocabulary))));
  return sim::next_token_batch(corpus);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 7) {
    std::fprintf(stderr, "usage: lemmata-bench-transformer LAYERS d V LENGTH SEQUENCES STEPS [THREADS]\n");
    return 2;
  }
  const auto number = [&](int i) { return std::strtol(argv[i], nullptr, 10); };
  const int threads = argc > 7 ? static_cast<int>(number(7)) : static_cast<int>(std::thread::hardware_concurrency());
  const long steps = number(6);
  sim::ThreadTeam team(threads);
  const sim::TransformerConfig config{
      .layers = number(1), .dimension = number(2), .vocabulary = number(3), .length = number(4)};
  const sim::TokenBatch batch = random_tokens(number(3), number(4), number(5));
  sim::Transformer model(config, team);
  sim::BlockState state{sim::initial_blocks(config, 0), {}};
  std::map<std::string, sim::BlockTraining> train;
  for (const auto& [name, block] : state.parameters) train[name] = {"adam", 1e-3};
  sim::BlockStage stage(state, train, model.gradient_of([&]() -> const sim::TokenBatch& { return batch; }), &team);
  double loss = stage.evaluate();  // the first step fills the buffers
  stage.update();
  Clock::duration in_gradient{}, in_update{};
  const Clock::time_point start = Clock::now();
  const double cpu_start = cpu_seconds();
  for (long step = 0; step < steps; ++step) {
    const Clock::time_point before = Clock::now();
    loss = stage.evaluate();
    const Clock::time_point between = Clock::now();
    stage.update();
    in_gradient += between - before, in_update += Clock::now() - between;
  }
  const auto per_step = [&](Clock::duration time) {
    return std::chrono::duration<double>(time).count() / static_cast<double>(steps);
  };
  const double wall = per_step(Clock::now() - start), cpu = (cpu_seconds() - cpu_start) / static_cast<double>(steps);
  std::printf("{\"seconds_per_step\": %.9g, \"gradient\": %.9g, \"optimizer\": %.9g, ", wall, per_step(in_gradient),
              per_step(in_update));
  std::printf("\"cpu_seconds_per_step\": %.9g, \"threads\": %d, \"loss\": %.17g}\n", cpu, threads, loss);
  return 0;
}
