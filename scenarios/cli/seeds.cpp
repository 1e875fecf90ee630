#include "scenarios/cli/seeds.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <thread>

#include "scenarios/configuration/input_error.h"

namespace lemmata::scenarios {
namespace {

constexpr std::size_t most_seeds = 100'000;

std::uint64_t parse_seed(const std::string& text, const std::string& list) {
  std::uint64_t seed = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() ||
      seed > static_cast<std::uint64_t>(INT64_MAX)) {
    throw InputError("", "--seeds", list, "seeds >= 0 separated by commas, ranges as 0-19");
  }
  return seed;
}

}  // namespace

std::vector<std::uint64_t> parse_seeds(const std::string& list) {
  std::vector<std::uint64_t> seeds;
  for (std::size_t start = 0; start <= list.size();) {
    const std::size_t end = std::min(list.find(',', start), list.size());
    const std::string part = list.substr(start, end - start);
    const std::size_t dash = part.find('-');
    const std::uint64_t first = parse_seed(part.substr(0, dash), list),
                        last = dash == std::string::npos ? first : parse_seed(part.substr(dash + 1), list);
    if (last < first || last - first >= most_seeds || seeds.size() + (last - first) >= most_seeds)
      throw InputError("", "--seeds", list, "rising ranges, at most 100,000 seeds in all");
    for (std::uint64_t seed = first; seed <= last; ++seed) seeds.push_back(seed);
    start = end + 1;
  }
  if (std::set<std::uint64_t>(seeds.begin(), seeds.end()).size() != seeds.size())
    throw InputError("", "--seeds", list, "each seed once");
  return seeds;
}

Option threads_option() {
  return {"threads", "T", "threads (default: all cores); the result has the same bits for any number"};
}

int thread_count(const Arguments& arguments) {
  const long cores = std::max(1L, static_cast<long>(std::thread::hardware_concurrency()));
  return static_cast<int>(arguments.integer("threads", 1, 1024).value_or(cores));
}

}  // namespace lemmata::scenarios
