#pragma once
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "sim/corpus/corpus.h"
#include "tests/oracle/naive_model.h"

// The transformer of theory/joma.md ("Multilayer transformer: definition") as plain loops over any scalar, written from
// the document alone: only the names and the layout of the blocks are shared with the simulator. Padding is NOT left
// out here: a position without a token holds token 0 like any other, and only its weight in the loss is 0.
namespace lemmata::oracle {

template <class T>
struct NaiveTransformer {
  using Numbers = std::vector<T>;

  Index layers = 1, dimension = 1, hidden = 1;
  std::string activation = "relu";
  bool has_norm = true, feed_forward = true;
  std::map<std::string, Table<T>> blocks = {};
  double* nearest_kink = nullptr;
  std::vector<std::vector<Numbers>> weights = {};   ///< (layer, query) -> over keys, of the last sequence
  std::vector<std::vector<Numbers>> activity = {};  ///< (layer, position) -> hidden units, of the last sequence

  // y = W^T x of the layer's own columns.
  Numbers map(const std::string& name, Index layer, const Numbers& x) const {
    const Table<T>& w = blocks.at(name);
    const Index columns = name == "output" ? w.cols : w.cols / layers;
    Numbers y(static_cast<std::size_t>(columns), T(0));
    for (Index c = 0; c < columns; ++c)
      for (Index r = 0; r < w.rows; ++r)
        y[static_cast<std::size_t>(c)] += w(r, layer * columns + c) * x[static_cast<std::size_t>(r)];
    return y;
  }
  void add(const std::string& name, Index layer, Numbers& x) const {
    for (std::size_t i = 0; i < x.size(); ++i) x[i] += blocks.at(name)(static_cast<Index>(i), layer);
  }
  void normalise(const std::string& name, Index layer, Numbers& x) const {
    if (!has_norm) return;
    using std::sqrt;
    const T size(static_cast<double>(x.size()));
    T mean(0), variance(0);
    for (const T& one : x) mean += one / size;
    for (const T& one : x) variance += (one - mean) * (one - mean) / size;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const Index row = static_cast<Index>(i);
      x[i] = blocks.at(name + "_gain")(row, layer) * (x[i] - mean) / sqrt(variance + T(1e-5)) +
             blocks.at(name + "_bias")(row, layer);
    }
  }

  // softmax over keys 0..query of k . q / sqrt(d)
  Numbers attention_weights(const std::vector<Numbers>& keys, const Numbers& query, std::size_t position) const {
    using std::exp;
    Numbers scores;
    for (std::size_t key = 0; key <= position; ++key) {
      T score(0);
      for (std::size_t i = 0; i < query.size(); ++i) score += keys[key][i] * query[i];
      scores.push_back(score / T(std::sqrt(static_cast<double>(dimension))));
    }
    T sum(0);
    for (T& score : scores) sum += score = exp(score);
    for (T& score : scores) score /= sum;
    return scores;
  }

  std::vector<Numbers> layer_output(Index layer, const std::vector<Numbers>& input) {
    std::vector<Numbers> queries, keys, values, output;
    for (const Numbers& x : input) {
      queries.push_back(map("query", layer, x));
      keys.push_back(map("key", layer, x));
      values.push_back(map("value", layer, x));
    }
    for (std::size_t position = 0; position < input.size(); ++position) {
      weights.back().push_back(attention_weights(keys, queries[position], position));
      Numbers context(static_cast<std::size_t>(dimension), T(0));
      for (std::size_t key = 0; key <= position; ++key)
        for (std::size_t i = 0; i < context.size(); ++i) context[i] += weights.back().back()[key] * values[key][i];
      Numbers y = map("attention_output", layer, context);
      for (std::size_t i = 0; i < y.size(); ++i) y[i] += input[position][i];
      normalise("attention_norm", layer, y);
      output.push_back(feed_forward ? after_ffn(layer, y) : y);
    }
    return output;
  }
  Numbers after_ffn(Index layer, const Numbers& y) {
    Numbers h = map("ffn_input", layer, y);
    add("ffn_input_bias", layer, h);
    for (T& one : h) one = naive_activation(activation, one, nearest_kink);
    activity.back().push_back(h);
    Numbers z = map("ffn_output", layer, h);
    add("ffn_output_bias", layer, z);
    for (std::size_t i = 0; i < z.size(); ++i) z[i] += y[i];
    normalise("ffn_norm", layer, z);
    return z;
  }

  // Output of the last layer at every position of one sequence.
  std::vector<Numbers> pass(const std::vector<std::int32_t>& tokens) {
    std::vector<Numbers> x;
    weights.clear(), activity.clear();
    for (std::size_t position = 0; position < tokens.size(); ++position) {
      x.emplace_back();
      for (Index i = 0; i < dimension; ++i)
        x.back().push_back(blocks.at("token_embedding")(i, tokens[position]) +
                           (blocks.contains("position_embedding")
                                ? blocks.at("position_embedding")(i, static_cast<Index>(position))
                                : T(0)));
    }
    for (Index layer = 0; layer < layers; ++layer) {
      weights.emplace_back(), activity.emplace_back();
      x = layer_output(layer, x);
    }
    return x;
  }

  T cross_entropy(const Numbers& x, std::int32_t target) const {
    using std::exp, std::log;
    Numbers logits = map("output", 0, x);
    add("output_bias", 0, logits);
    T sum(0);
    for (const T& logit : logits) sum += exp(logit);
    return log(sum) - logits[static_cast<std::size_t>(target)];
  }

  /// Loss with weight(position, sequence) for the target at that position, divided by the sum of the weights.
  T loss(const sim::Corpus& inputs, const sim::Corpus& targets, const Matrix& weight) {
    T total(0);
    for (Index s = 0; s < inputs.sequences(); ++s) {
      std::vector<std::int32_t> tokens(static_cast<std::size_t>(inputs.length), 0);
      std::copy(inputs.sequence(s).begin(), inputs.sequence(s).end(), tokens.begin());
      const std::vector<Numbers> x = pass(tokens);
      for (Index p = 0; p < inputs.length; ++p) {
        const std::int32_t target = targets.tokens[static_cast<std::size_t>(s * targets.length + p)];
        if (weight(p, s) != 0)
          total += T(weight(p, s) / weight.sum()) * cross_entropy(x[static_cast<std::size_t>(p)], target);
      }
    }
    return total;
  }
};

}  // namespace lemmata::oracle
