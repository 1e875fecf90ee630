// What J19 and J21 measure, at sizes that take a moment.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <set>
#include <stdexcept>

#include "scenarios/corpus/label_batch.h"
#include "scenarios/corpus/token_source.h"
#include "scenarios/measure/alignment_run.h"
#include "scenarios/measure/entropy_run.h"
#include "sim/transformer/transformer.h"
#include "tests/analysis/scratch.h"
#include "tests/close.h"

namespace lemmata::scenarios {

static const std::string rate = "stages.0.train.all.learning_rate";

TEST_CASE("dip and rebound: 3 1 2 falls by 2 and rises by 1, a curve that only falls does not rise, NaN stays") {
  CHECK(dip_and_rebound({3, 1, 2}).drop == 2);
  CHECK(dip_and_rebound({3, 1, 2}).rebound == 1);
  CHECK(dip_and_rebound({3, 2, 1}).rebound == 0);
  CHECK(dip_and_rebound({1, 2, 3}).drop == 0);
  CHECK(std::isnan(dip_and_rebound({1, std::numeric_limits<double>::quiet_NaN(), 2}).drop));
  CHECK_THROWS_AS(dip_and_rebound({}), std::invalid_argument);
}

TEST_CASE("entropy of attention: tiny embeddings leave it uniform, mean of ln 1 .. ln 8 = ln(8!)/8") {
  const EntropyRun run = entropy_run(load_scenario("joma/synthetic_corpus", {{"data.length", "8"},
                                                                             {"model.dimension", "8"},
                                                                             {"model.init.embedding_std", "1e-6"},
                                                                             {"stages.0.steps", "20"},
                                                                             {rate, "1e-9"}}),
                                     1);
  CHECK(run.entropy.size() == 3);  // steps 0, 10, 20
  CHECK(run.stable_rank.size() == 3);
  for (const double entropy : run.entropy)  // scores are of order 1e-12, and entropy is flat at its maximum
    CHECK(close(entropy, std::lgamma(9.0) / 8, 1e-12, 0));
}

TEST_CASE(
    "entropy of attention: the same seed gives the same curve, and training lowers the loss on unseen sequences") {
  const Scenario scenario =
      load_scenario("joma/synthetic_corpus", {{"model.dimension", "16"}, {"stages.0.steps", "60"}});
  const EntropyRun run = entropy_run(scenario, 2);
  CHECK(run.entropy == entropy_run(scenario, 2).entropy);
  CHECK(run.entropy != entropy_run(scenario, 3).entropy);
  CHECK(run.loss_after < run.loss_before - 0.3);  // 5.8 to below 5.3 = ln 200 is what the frequencies alone give
}

TEST_CASE("entropy of attention: on a text the probe is its first sequences, log-spaced records are refused") {
  const Scratch folder;
  std::string text;
  for (int i = 0; i < 600; ++i) text += "w" + std::to_string(i * i % 23) + " ";
  const std::vector<Override> small = {{"data.file", folder.write("text", text).string()},
                                       {"data.vocabulary", "20"},
                                       {"data.length", "8"},
                                       {"model.dimension", "8"},
                                       {"stages.0.steps", "40"}};
  const Scenario scenario = load_scenario("joma/corpus", small);
  const EntropyRun run = entropy_run(scenario, 1);
  CHECK(run.entropy.size() == 5);
  CHECK(run.loss_after < run.loss_before);
  CorpusSettings settings = scenario.settings.transformer.resolved().data;
  settings.sequences = probe_sequences;
  sim::ThreadTeam team(1);
  sim::Transformer model(scenario.settings.transformer.resolved().model, team);
  const sim::Blocks blocks = sim::initial_blocks(model.config(), 1);
  CHECK(run.loss_before == model.loss(blocks, token_source_named("text").make(settings, 1)->batch(0)));
  std::vector<Override> by_log = small;
  by_log.push_back({"record.every", "log"});
  CHECK_THROWS_AS(entropy_run(load_scenario("joma/corpus", by_log), 1), std::invalid_argument);
}

TEST_CASE("label batch: of (5 6 -), (7 8 9) the last tokens predict 0 and 1, half the weight each, and no other does") {
  const sim::TokenBatch batch = label_batch({10, 3, {5, 6, sim::no_token, 7, 8, 9}});
  CHECK(batch.inputs == std::vector<std::int32_t>{5, 6, 7, 8, 9});
  CHECK(batch.targets == std::vector<std::int32_t>{sim::no_token, 0, sim::no_token, sim::no_token, 1});
  CHECK(batch.weights[1] == 0.5);
  CHECK(batch.weights[4] == 0.5);
  CHECK(batch.weights.sum() == 1);
  CHECK_THROWS_AS(label_batch({1, 1, {0, 0}}), sim::ConfigError);
  CHECK_THROWS_AS(label_batch({5, 1, {0, sim::no_token}}), sim::ConfigError);
}

TEST_CASE(
    "synthetic source: step t reads sequences 5 t to 5 t + 4, of which the probe has none, fixed: those of step 0") {
  CorpusSettings settings;
  settings.sequences = 5;
  settings.synthetic.length = 16;
  const auto source = [&] { return token_source_named("synthetic_corpus").make(settings, 3); };
  const auto fresh = source();
  const auto sequences = [](const sim::TokenBatch& batch) {
    std::vector<std::vector<std::int32_t>> all;
    for (Index i = 0; i < batch.sequences(); ++i)
      all.emplace_back(batch.inputs.begin() + batch.first[static_cast<std::size_t>(i)],
                       batch.inputs.begin() + batch.first[static_cast<std::size_t>(i) + 1]);
    return all;
  };
  std::set<std::vector<std::int32_t>> seen;
  for (long step = 0; step < 20; ++step) {
    const auto read = sequences(fresh->batch(step));
    const sim::Corpus corpus =
        sim::SyntheticCorpus(settings.synthetic, 3).draw(static_cast<std::uint64_t>(5 * step), 5);
    CHECK(read == sequences(sim::next_token_batch(corpus)));
    seen.insert(read.begin(), read.end());
  }
  CHECK(seen.size() == 100);  // 16 tokens out of 200: no two alike
  for (const auto& sequence : sequences(fresh->probe(30))) CHECK(!seen.contains(sequence));
  settings.sampling = "fixed";
  CHECK(source()->batch(7).inputs == fresh->batch(0).inputs);
}

TEST_CASE("token sources: 4 sequences of 8, or 6 classes of 8, are at most 32 or 48 tokens, which no batch exceeds") {
  const Scratch folder;
  CorpusSettings settings;
  settings.file = folder.write("text", "a b c d e f g h");
  settings.sequences = 4;
  settings.length = settings.class_sequences.length = settings.synthetic.length = 8;
  settings.class_sequences.classes = 6;
  for (const TokenSourceEntry& law : token_sources()) {
    CAPTURE(law.name);
    const bool by_class = law.name.starts_with("class_");
    CHECK(law.tokens(settings) == (by_class ? 48 : 32));
    CHECK(static_cast<double>(law.make(settings, 0)->batch(0).tokens()) <= law.tokens(settings));
  }
}

TEST_CASE("text source: the batch of a step depends on its number alone, whatever was asked for before") {
  const Scratch folder;
  std::string text;
  for (int i = 0; i < 500; ++i) text += "w" + std::to_string(i * i % 23) + " ";
  CorpusSettings settings;
  settings.file = folder.write("text", text);
  settings.vocabulary = 12;
  settings.length = 7;
  settings.sequences = 4;
  const auto source = [&] { return token_source_named("text").make(settings, 0); };
  const std::unique_ptr<TokenSource> one = source(), other = source();
  std::vector<std::vector<std::int32_t>> in_turn;
  for (long step = 0; step < 30; ++step) in_turn.push_back(one->batch(step).inputs);  // 840 tokens: beyond the end
  for (const long step : {29L, 3L, 3L, 17L, 0L})
    CHECK(other->batch(step).inputs == in_turn[static_cast<std::size_t>(step)]);
  CHECK(in_turn[0] != in_turn[1]);
  settings.sampling = "fixed";
  CHECK(source()->batch(9).inputs == in_turn[0]);
  settings.file.clear();
  CHECK_THROWS_AS(source(), sim::ConfigError);
}

TEST_CASE("alignment run: classes are learnt, planted latents are found, and no score leaves [0, 1]") {
  const AlignmentRun run = alignment_run(
      load_scenario("joma/latent_alignment", {{"model.dimension", "16"}, {"stages.0.steps", "80"}, {rate, "0.01"}}), 3);
  CHECK(run.loss_after < 0.5);  // from ln 100 or more: classes are told apart
  CHECK(run.loss_before > 2);
  CHECK(close(run.after_planted.high, 1, 1e-12, 0));
  CHECK(run.after_planted.low == run.before_largest.low);
  for (const Scores& scores : {run.before_largest, run.after_largest, run.before_last, run.after_last,
                               run.before_shuffled, run.after_shuffled}) {
    CHECK(scores.low > 0.2);
    CHECK(scores.low <= 1);
    CHECK(scores.high > 0.2);
    CHECK(scores.high <= 1);
  }
  CHECK(run.before_largest.low != run.after_largest.low);
}

}  // namespace lemmata::scenarios
