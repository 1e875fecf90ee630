#pragma once
#include "scenarios/configuration/allowed.h"
#include "scenarios/corpus/token_source.h"
#include "scenarios/system/transformer_settings.h"
#include "sim/activation/activation.h"

// The keys of the system `transformer`, in the form of scenarios/configuration/settings_fields.h.
namespace lemmata::scenarios {

template <class Visitor>
void visit_corpus(Visitor& v, CorpusSettings& data) {
  v("law", data.law, one_of(names_of(token_sources())), "law of the sequences");
  v("sampling", data.sampling, one_of({"fresh", "fixed"}),
    "new sequences at each step, or always the first (endless laws)");
  v("sequences", data.sequences, at_least(1), "sequences of a step (endless laws)");
  v("vocabulary", data.vocabulary, at_least(1), "V, number of tokens, of the model too");
  v("length", data.length, at_least(1), "positions of a sequence, of the model too");
  v("file", data.file, {}, "UTF-8 text file (text)");
  v("tokens", data.tokens, one_of({"word", "byte"}),
    "what a token of a text is; the most frequent V - 1 have numbers (text)");
  v.group("class_sequences", "three levels of latents, one sequence per class", [&](Visitor& w) {
    sim::ClassSequencesConfig& c = data.class_sequences;
    w("low_latents", c.low_latents, at_least(1), "N0, latents just above the tokens");
    w("high_latents", c.high_latents, at_least(1), "N1, latents above those");
    w("classes", c.classes, at_least(1), "C, number of classes");
    w("children", c.children, at_least(1), "children of every class and latent");
    w("padding", c.padding, one_of({"front", "none"}),
      "padding token V - 1 in front, or sequences of their own lengths");
  });
  v.group("synthetic", "bigrams, topics and Zipf's law", [&](Visitor& w) {
    sim::SyntheticConfig& c = data.synthetic;
    w("bigram", c.bigram, at_least(0), "share of tokens that are the successor of the token before");
    w("topic", c.topic, at_least(0), "share of tokens of the sequence's topic; the rest is Zipf's");
    w("topics", c.topics, at_least(1), "number of topics");
    w("topic_tokens", c.topic_tokens, at_least(1), "tokens of a topic");
    w("zipf_exponent", c.zipf_exponent, at_least(0), "P(rank r) ~ r^-exponent");
  });
}

template <class Visitor>
void visit_transformer(Visitor& v, TransformerSettings& s) {
  v.group("data", "the sequences", [&](Visitor& w) { visit_corpus(w, s.data); });
  v.group("model", "the transformer and its initial values", [&](Visitor& w) {
    sim::TransformerConfig& model = s.model;
    w("layers", model.layers, at_least(1), "number of layers");
    w("dimension", model.dimension, at_least(1), "d, features of a token");
    w("hidden", model.hidden, at_least(0), "neurons of an FFN; 0 is 4 d");
    w("activation", model.activation, one_of(names_of(sim::activations())), "activation of the FFN");
    w("norm", model.norm, one_of({"post", "none"}), "LayerNorm behind each residual sum, or none");
    w("positions", model.positions, one_of({"learned", "none"}), "an embedding for each position, or none");
    w("feed_forward", model.feed_forward, {}, "whether a layer has an FFN behind its attention");
    w.group("init", "initial values", [&](Visitor& u) {
      u("embedding_std", model.embedding_std, at_least(0), "standard deviation of both embeddings");
      u("weight_scale", model.weight_scale, at_least(0), "a map from n features starts as N(0, weight_scale^2 / n)");
    });
  });
}

}  // namespace lemmata::scenarios
