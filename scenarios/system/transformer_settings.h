#pragma once
#include <filesystem>
#include <string>

#include "sim/corpus/class_sequences.h"
#include "sim/corpus/synthetic.h"
#include "sim/transformer/config.h"

namespace lemmata::scenarios {

/// What a transformer reads. Vocabulary and length stand once, for the corpus and the model: `resolved` copies them.
struct CorpusSettings {
  std::string law = "class_sequences";  ///< class_sequences | class_labels | synthetic_corpus | text
  std::string sampling = "fresh";       ///< fresh: new sequences at each step; fixed: those of the first step (where
                                        ///< the law is endless)
  long sequences = 32;                  ///< of a step (laws that are endless)
  long vocabulary = 100, length = 30;   ///< V; positions of a sequence
  std::filesystem::path file;           ///< of law text
  std::string tokens = "word";          ///< of law text: word | byte
  sim::ClassSequencesConfig class_sequences;
  sim::SyntheticConfig synthetic;
};

/// The system `transformer`: model, initial values and data.
struct TransformerSettings {
  sim::TransformerConfig model;
  CorpusSettings data;

  /// With vocabulary and length where every part looks for them.
  TransformerSettings resolved() const {
    TransformerSettings all = *this;
    all.model.vocabulary = all.data.class_sequences.vocabulary = all.data.synthetic.vocabulary = data.vocabulary;
    all.model.length = all.data.class_sequences.length = all.data.synthetic.length = data.length;
    return all;
  }
};

}  // namespace lemmata::scenarios
