// Drives a fuzz target without libFuzzer: fuzz_NAME CORPUS ROUNDS
// Every file of CORPUS, then ROUNDS inputs made from them by edits that are the same at every run. Exit 1: a finding,
// saved as NAME.finding in the working folder; or a target that took everything or refused everything.
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <iostream>
#include <iterator>
#include <random>
#include <utility>
#include <vector>

#include "tests/fuzz/target.h"

namespace {

using Input = std::vector<std::uint8_t>;

constexpr int seconds_per_input = 10;
constexpr rlim_t most_memory = rlim_t{4} << 30;
const Input* current = nullptr;
std::string saved_as;

// What is allowed in a handler: write(2) and little more.
void save_current() {
  std::FILE* out = current ? std::fopen(saved_as.c_str(), "wb") : nullptr;
  if (!out) return;
  std::fwrite(current->data(), 1, current->size(), out);
  std::fclose(out);
}

void on_death(int signal) {
  std::signal(signal, SIG_DFL);
  const char* what = signal == SIGVTALRM ? "finding: more than 10 s for one input\n" : "finding: a crash\n";
  static_cast<void>(!::write(2, what, std::strlen(what)));
  save_current();
  ::_exit(1);
}

Input content_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class Mutator {
 public:
  explicit Mutator(const std::vector<Input>& corpus) : corpus_(corpus) {
    for (const Input& input : corpus) add_words(input);
    for (const char* word : {"-1",
                             "0",
                             "1e999",
                             "1e308",
                             "-0.0",
                             "nan",
                             "NaN",
                             "null",
                             "true",
                             "{",
                             "}",
                             "[",
                             "]",
                             "\"",
                             ",",
                             ":",
                             "9223372036854775807",
                             "9223372036854775808",
                             "1e-320",
                             "\\u0000",
                             "\xff",
                             "\n",
                             "[[[[[[[[",
                             "((((((((",
                             "{\"a\":",
                             "../",
                             "/"})
      words_.emplace_back(word, word + std::strlen(word));
  }

  Input next() {
    Input input = any(corpus_);
    for (std::size_t edits = 1 + below(4); edits > 0; --edits) edit(input);
    if (input.size() > 1 << 16) input.resize(1 << 16);
    return input;
  }

 private:
  std::size_t below(std::size_t count) {
    return static_cast<std::size_t>(generator_() % std::max<std::size_t>(count, 1));
  }
  const Input& any(const std::vector<Input>& list) { return list[below(list.size())]; }

  void add_words(const Input& input) {
    Input word;
    for (const std::uint8_t c : input) {
      if (std::isalnum(c) || c == '_' || c == '.' || c == '-') {
        word.push_back(c);
      } else if (!word.empty()) {
        words_.push_back(std::exchange(word, {}));
      }
    }
  }

  void edit(Input& input) {
    const auto at = [&](std::size_t place) { return input.begin() + static_cast<std::ptrdiff_t>(place); };
    const std::size_t from = below(input.size() + 1), to = std::min(input.size(), from + 1 + below(16));
    switch (below(10)) {  // half of them in words
      case 0:
        if (from < input.size()) input[from] = static_cast<std::uint8_t>(below(256));
        return;
      case 1:
        if (from < input.size()) input[from] ^= static_cast<std::uint8_t>(1U << below(8));
        return;
      case 2:
        input.erase(at(from), at(to));
        return;
      case 3: {
        const Input block(at(from), at(to));
        input.insert(at(below(input.size() + 1)), block.begin(), block.end());
        return;
      }
      case 4: {
        const Input& other = any(corpus_);
        const std::size_t first = below(other.size()), last = std::min(other.size(), first + 1 + below(64));
        input.insert(at(from), other.begin() + static_cast<std::ptrdiff_t>(first),
                     other.begin() + static_cast<std::ptrdiff_t>(last));
        return;
      }
      default:
        replace_word(input, from);
    }
  }

  // A word of any input in place of the one at or before `from`, so that most of the structure stays.
  void replace_word(Input& input, std::size_t from) {
    const auto is_word = [&](std::size_t at) {
      return std::isalnum(input[at]) || input[at] == '_' || input[at] == '.';
    };
    std::size_t end = from;
    while (end < input.size() && is_word(end)) ++end;
    std::size_t begin = from;
    while (begin > 0 && is_word(begin - 1)) --begin;
    const Input& word = any(words_);
    input.erase(input.begin() + static_cast<std::ptrdiff_t>(begin), input.begin() + static_cast<std::ptrdiff_t>(end));
    input.insert(input.begin() + static_cast<std::ptrdiff_t>(begin), word.begin(), word.end());
  }

  const std::vector<Input>& corpus_;
  std::vector<Input> words_;
  std::mt19937_64 generator_{20260101};
};

void run(const Input& input) {
  current = &input;
  const itimerval limit = {{0, 0}, {seconds_per_input, 0}};
  ::setitimer(ITIMER_VIRTUAL, &limit, nullptr);
  try {
    LLVMFuzzerTestOneInput(input.data(), input.size());
  } catch (const std::exception& error) {
    lemmata::fuzz::finding(std::string("an exception that is no refusal: ") + error.what());
  }
}

std::vector<Input> corpus_in(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files(std::filesystem::directory_iterator{directory}, {});
  std::sort(files.begin(), files.end());
  std::vector<Input> corpus;
  for (const std::filesystem::path& file : files) corpus.push_back(content_of(file));
  return corpus;
}

}  // namespace

int main(int count, char** words) {
  if (count != 3) return std::cerr << "usage: " << words[0] << " CORPUS ROUNDS\n", 2;
  const std::string name = std::filesystem::path(words[0]).filename();
  saved_as = name + ".finding";
  const std::vector<Input> corpus = corpus_in(words[1]);
  const long rounds = std::stol(words[2]);
  if (corpus.empty()) return std::cerr << name << ": no corpus in " << words[1] << "\n", 2;
  for (const int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGVTALRM}) std::signal(signal, on_death);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // they map terabytes
  const rlimit memory = {most_memory, most_memory};
  ::setrlimit(RLIMIT_AS, &memory);
#endif
  for (const Input& input : corpus) run(input);
  Mutator mutator(corpus);
  for (long round = 0; round < rounds; ++round) run(mutator.next());
  const auto [accepted, refused] = lemmata::fuzz::outcomes;
  std::cout << name << ": " << corpus.size() << " inputs of the corpus and " << rounds << " edited ones, " << accepted
            << " readings taken, " << refused << " refused, no finding\n";
  return accepted > 0 && refused > 0 ? 0 : 1;
}
