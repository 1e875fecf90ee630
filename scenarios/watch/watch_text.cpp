#include "scenarios/watch/watch_text.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "scenarios/cli/progress.h"
#include "scenarios/run/law_json.h"
#include "scenarios/watch/braille_plot.h"

namespace lemmata::scenarios {
namespace {

using Lines = std::vector<std::string>;

constexpr int label_width = 8, least_plot_width = 48, least_plot_rows = 2, most_plot_rows = 14;
constexpr int plain_rows = 8, plain_rows_of_many = 4;
constexpr std::size_t value_lines = 2;

std::string printable(std::string text) {
  for (char& character : text) {
    if (character < ' ' || character > '~') character = '?';
  }
  return text;
}

bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

int width_of(const std::string& text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), [](char byte) { return !continues(byte); }));
}

std::string clipped(const std::string& text, int width) {
  int characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!continues(text[i]) && ++characters > width) return text.substr(0, i);
  }
  return text;
}

std::string padded(std::string text, int width) {
  width = std::max(width, 0);
  text = clipped(text, width);
  return text.append(static_cast<std::size_t>(width - width_of(text)), ' ');
}

std::string axis_label(double log10_value) {
  char text[32];
  std::snprintf(text, sizeof text, "%*.1e", label_width - 1, std::pow(10.0, log10_value));
  return text;
}

// The words, two blanks apart, in lines of at most so many characters; "..." where they do not fit.
Lines filled(const std::vector<std::string>& words, int width, std::size_t most) {
  Lines lines;
  for (const std::string& word : words) {
    if (!lines.empty() && width_of(lines.back()) + 2 + width_of(word) <= width) {
      lines.back() += "  " + word;
    } else if (lines.size() < most) {
      lines.push_back(word);
    } else {
      lines.back() = padded(lines.back(), width - 4) + " ...";
      break;
    }
  }
  return lines;
}

bool is_drawn(const RunSnapshot::Curve& curve) { return curve.count + curve.not_positive + curve.not_finite > 0; }

// Title, `rows` lines of the picture, and what the x axis reaches over.
Lines plot_lines(const RunSnapshot& run, const RunSnapshot::Curve& curve, int width, int rows) {
  std::vector<double> x, y;
  for (const LiveCurve::Point& point : curve.points) {
    x.push_back(point.x);
    y.push_back(std::log10(point.y));
  }
  const PlotRange range = range_of(x, y);
  const int columns = std::max(1, width - label_width - 2);
  const bool by_seed = run.axis == "seed";  // the ends of runs that have nothing to do with each other
  const Lines picture = braille_curve(x, y, range, columns, rows, !by_seed);
  Lines lines = {std::string(label_width, ' ') + printable(curve.metric) + (by_seed ? " at the end, by seed" : "") +
                 ", log axis"};
  for (int row = 0; row < rows; ++row) {
    const bool is_labelled = !x.empty() && (row == 0 || row == rows - 1 || (rows >= 5 && row == rows / 2));
    const double share = rows == 1 ? 0 : static_cast<double>(row) / (rows - 1);
    lines.push_back((is_labelled ? axis_label(range.y_high + share * (range.y_low - range.y_high))
                                 : std::string(label_width - 1, ' ')) +
                    " \u2502" + picture[static_cast<std::size_t>(row)]);
  }
  if (x.empty()) {
    lines.push_back(std::string(label_width, ' ') + "no value above zero");
    return lines;
  }
  const auto [least, most] = std::minmax_element(x.begin(), x.end());  // seeds end in any order
  const std::string first = run.axis + " " + number_text(*least, 12), last = number_text(*most, 12);
  lines.push_back(std::string(label_width, ' ') + padded(first, columns + 1 - width_of(last)) + last);
  return lines;
}

int plots_beside(const RunSnapshot& run, int width) {
  const auto drawn = static_cast<int>(std::count_if(run.curves.begin(), run.curves.end(), is_drawn));
  return std::clamp(width / least_plot_width, 1, std::max(1, drawn));
}

int plots_below(const RunSnapshot& run, int width) {
  const auto drawn = static_cast<int>(std::count_if(run.curves.begin(), run.curves.end(), is_drawn));
  return (drawn + plots_beside(run, width) - 1) / plots_beside(run, width);
}

std::string state_text(const RunSnapshot& run) {
  if (run.state == "absent") return run.records > 0 ? "gone" : "waiting for this file";
  if (run.state == "silent") return "silent for " + duration_text(*run.silent);
  if (run.state == "finished") return "finished: " + printable(run.stop_reason.value_or("no stop_reason"));
  return run.records > 0 ? "growing" : "no record yet";
}

std::string run_time_text(double seconds) {
  return seconds < 10 ? number_text(seconds, 2) + " s" : duration_text(seconds);
}

Lines head_lines(const RunSnapshot& run, int width) {
  std::vector<std::string> words = {printable(run.file.filename().string()), state_text(run)};
  if (!run.stage.empty()) words.push_back("stage " + printable(run.stage));
  if (run.step && run.axis == "step") words.push_back("step " + number_text(*run.step, 12));
  if (run.axis != "step") words.push_back(std::to_string(run.records) + " " + run.axis + "s");
  if (run.rate) words.push_back(number_text(*run.rate, 3) + " " + run.axis + "s/s");
  if (run.remaining) words.push_back(duration_text(*run.remaining) + " left");
  if (run.wall_time)
    words.push_back("took " + run_time_text(*run.wall_time));
  else if (run.watched && run.state != "finished")
    words.push_back("watched for " + duration_text(*run.watched));
  return filled(words, width, 2);
}

Lines value_words(const RunSnapshot& run) {
  Lines words;
  for (const auto& [name, value] : run.last)
    words.push_back(printable(name) + " " + (std::isnan(value) ? "-" : number_text(value, 4)));
  return words;
}

std::string counted(long count, const std::string& what) {
  return count == 0 ? "" : ", " + std::to_string(count) + " " + what;
}

Lines note_words(const RunSnapshot& run) {
  Lines words;
  for (const RunSnapshot::Curve& curve : run.curves) {
    const std::string left_out =
        counted(curve.not_positive, "zero or negative") + counted(curve.not_finite, "not finite");
    if (!left_out.empty()) words.push_back(printable(curve.metric) + ":" + left_out.substr(1) + " not drawn;");
    if (!is_drawn(curve) && run.records > 0) words.push_back("no " + printable(curve.metric) + " in the lines;");
  }
  const std::string lines = counted(run.not_json, "no JSON object") + counted(run.too_long, "too long") +
                            counted(run.without_step, "without step");
  if (!lines.empty()) words.push_back("lines passed over:" + lines.substr(1) + ";");
  if (run.torn) words.push_back("last line not ended;");
  if (run.restarts > 0) words.push_back("began anew: " + std::to_string(run.restarts) + " times;");
  if (!words.empty()) words.back().pop_back();
  return words;
}

// Everything of a run but its pictures.
int lines_without_pictures(const RunSnapshot& run, int width) {
  return static_cast<int>(head_lines(run, width).size() + filled(value_words(run), width, value_lines).size() +
                          filled(note_words(run), width, value_lines).size()) +
         2 * plots_below(run, width);
}

void append(Lines& lines, const Lines& more) { lines.insert(lines.end(), more.begin(), more.end()); }

Lines run_lines(const RunSnapshot& run, int width, int rows) {
  Lines lines = head_lines(run, width);
  const int beside = plots_beside(run, width), plot_width = width / beside;
  int place = 0;
  for (const RunSnapshot::Curve& curve : run.curves) {
    if (!is_drawn(curve)) continue;
    const Lines plot = plot_lines(run, curve, plot_width, rows);
    if (place % beside == 0) lines.resize(lines.size() + plot.size());
    for (std::size_t i = 0; i < plot.size(); ++i) {
      std::string& line = lines[lines.size() - plot.size() + i];
      line = padded(line, place % beside * plot_width) + plot[i];
    }
    ++place;
  }
  append(lines, filled(value_words(run), width, value_lines));
  append(lines, filled(note_words(run), width, value_lines));
  return lines;
}

// Rows of a picture such that the first `count` runs take at most `height` lines; 0: they do not fit.
int rows_that_fit(const WatchSnapshot& snapshot, std::size_t count, ViewSize size) {
  if (size.height == 0) return count > 1 ? plain_rows_of_many : plain_rows;
  int fixed = static_cast<int>(count) - 1, pictures = 0;  // a blank line between two runs
  for (std::size_t i = 0; i < count; ++i) {
    fixed += lines_without_pictures(snapshot.runs[i], size.width);
    pictures += plots_below(snapshot.runs[i], size.width);
  }
  const int rows = (size.height - fixed) / std::max(1, pictures);
  return rows < least_plot_rows ? 0 : std::min(rows, most_plot_rows);
}

}  // namespace

std::string watch_text(const WatchSnapshot& snapshot, ViewSize size) {
  Lines lines;
  std::size_t count = snapshot.runs.size();
  int rows = 0;
  ViewSize room = size;
  if (size.height > 0) room.height = std::max(1, size.height - (snapshot.is_folder ? 1 : 0));
  while (count > 0 && (rows = rows_that_fit(snapshot, count, room)) == 0) {
    if (--count > 0) continue;
    count = 1;  // as much of the first as there is room for
    rows = least_plot_rows;
    break;
  }
  if (snapshot.is_folder) {
    const long hidden = snapshot.not_shown + static_cast<long>(snapshot.runs.size() - count);
    lines.push_back(printable(snapshot.path.string()) + ": " +
                    (snapshot.runs.empty()
                         ? "no .jsonl file yet"
                         : std::to_string(count) + " of " + std::to_string(static_cast<long>(count) + hidden) +
                               " runs, the newest"));
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) lines.emplace_back();
    append(lines, run_lines(snapshot.runs[i], size.width, rows));
  }
  if (size.height > 0) lines.resize(std::min(lines.size(), static_cast<std::size_t>(size.height)));
  std::string text;
  for (const std::string& line : lines) text += clipped(line, size.width) + "\n";
  return text;
}

}  // namespace lemmata::scenarios
