#include "scenarios/system/state_fields.h"

#include <doctest/doctest.h>

#include "tests/analysis/scratch.h"

namespace lemmata::scenarios {
namespace {

struct Numbers {
  Matrix table;
  Vector list;
  std::vector<long> counts;
  sim::BlockState blocks;

  void state(StateFields& fields) {
    fields.matrix("table", table);
    fields.vector("list", list);
    fields.counts("counts", counts);
    fields.blocks(blocks);
  }
};

Numbers numbers(double at, bool with_memory) {
  Numbers made{Matrix{{at, at + 1, at + 2}, {at + 3, at + 4, at + 5}}, Vector{{at, -at}}, {3, 1L << 40}, {}};
  made.blocks.parameters["w"] = Matrix{{at, 2 * at}, {3 * at, 4 * at}};
  if (with_memory) made.blocks.memory["w"] = {Matrix{{1, 2}, {3, at}}, {}, 17};
  return made;
}

analysis::Dataset stored(Numbers& from) {
  return stored_state([&](StateFields& fields) { from.state(fields); });
}

std::string fault(Numbers& into, const analysis::Dataset& data) {
  return message_of<StateFault>([&] { restore_state(data, [&](StateFields& fields) { into.state(fields); }); });
}

}  // namespace

TEST_CASE("state: what is stored comes back, an optimiser's memory where there is one, the rest of it is empty") {
  for (const bool with_memory : {false, true}) {
    Numbers from = numbers(2, with_memory), into = numbers(9, !with_memory);
    into.counts = {0, 0};
    REQUIRE(fault(into, stored(from)).empty());
    CHECK(into.table == from.table);
    CHECK(into.list == from.list);
    CHECK(into.counts == from.counts);
    CHECK(into.blocks.parameters.at("w") == from.blocks.parameters.at("w"));
    const sim::OptimizerMemory& memory = into.blocks.memory.at("w");
    CHECK(memory.updates == (with_memory ? 17 : 0));
    CHECK(memory.first.size() == (with_memory ? 4 : 0));
    if (with_memory) CHECK(memory.first == from.blocks.memory.at("w").first);
    CHECK(memory.second.size() == 0);
  }
}

TEST_CASE("state: a variable that is missing, of another shape or type is refused by name") {
  Numbers from = numbers(2, true);
  for (const char* name : {"table", "list", "counts_1", "parameters_w", "updates_w"}) {
    analysis::Dataset data = stored(from);
    std::erase_if(data.variables, [&](const analysis::Variable& variable) { return variable.name == name; });
    Numbers into = numbers(9, false);
    CHECK_MESSAGE(has(fault(into, data), name), name);
  }
  Numbers wide = numbers(9, false);
  wide.table.resize(3, 2);
  CHECK(has(fault(wide, stored(from)), "table: found another shape, allowed: 3 x 2"));
  Numbers long_list = numbers(9, false);
  long_list.list.resize(3);
  CHECK(has(fault(long_list, stored(from)), "list"));
  analysis::Dataset data = stored(from);
  data.dimensions["first_w_row"] = 1;
  Numbers into = numbers(9, false);
  CHECK(has(fault(into, data), "first_w"));
  for (analysis::Variable& variable : data.variables) {
    if (variable.name == "counts_0") variable.values = std::vector<double>{3.0};
    if (variable.name == "table") variable.values = std::vector<std::int64_t>(6, 1);
  }
  CHECK(has(fault(into, data), "table: found integers"));
}

}  // namespace lemmata::scenarios
