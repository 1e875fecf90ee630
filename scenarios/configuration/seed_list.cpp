#include "scenarios/configuration/seed_list.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "scenarios/configuration/input_error.h"

namespace lemmata::scenarios {
namespace {

constexpr std::size_t most_seeds = 100'000;

std::uint64_t parse_seed(const std::string& text, const std::string& list, const std::string& source,
                         const std::string& key) {
  std::uint64_t seed = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() ||
      seed > static_cast<std::uint64_t>(INT64_MAX)) {
    throw InputError(source, key, list, "seeds >= 0 separated by commas, ranges as 0-19");
  }
  return seed;
}

}  // namespace

std::vector<std::uint64_t> parse_seeds(const std::string& list, const std::string& source, const std::string& key) {
  std::vector<std::uint64_t> seeds;
  for (std::size_t start = 0; start <= list.size();) {
    const std::size_t end = std::min(list.find(',', start), list.size());
    const std::string part = list.substr(start, end - start);
    const std::size_t dash = part.find('-');
    const std::uint64_t first = parse_seed(part.substr(0, dash), list, source, key),
                        last = dash == std::string::npos ? first : parse_seed(part.substr(dash + 1), list, source, key);
    if (last < first || last - first >= most_seeds || seeds.size() + (last - first) >= most_seeds)
      throw InputError(source, key, list, "rising ranges, at most 100,000 seeds in all");
    for (std::uint64_t seed = first; seed <= last; ++seed) seeds.push_back(seed);
    start = end + 1;
  }
  if (std::set<std::uint64_t>(seeds.begin(), seeds.end()).size() != seeds.size())
    throw InputError(source, key, list, "each seed once");
  return seeds;
}

}  // namespace lemmata::scenarios
