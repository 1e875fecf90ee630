#include "scenarios/report/page.h"

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "report_page_parts.h"

namespace lemmata::scenarios {
namespace {

void put(std::string& page, const std::string& mark, const std::string& text) {
  const std::size_t at = page.find(mark);
  if (at == std::string::npos) throw std::logic_error("report page: no place for " + mark);
  page.replace(at, mark.size(), text);
}

// '<' could end the element that holds the data.
std::string for_script(const std::string& json) {
  std::string text;
  text.reserve(json.size());
  for (const char c : json) {
    if (c == '<')
      text += "\\u003c";
    else
      text += c;
  }
  return text;
}

}  // namespace

bool has_interactive_plots() { return std::string_view(report_page_parts::library).size() > 1; }

std::string report_page(const Json& data) {
  std::string page = report_page_parts::page;
  put(page, "/*STYLE*/", std::string(report_page_parts::library_style) + report_page_parts::style);
  put(page, "/*LIBRARY*/", report_page_parts::library);
  put(page, "/*SCRIPT*/", report_page_parts::script);
  put(page, "/*DATA*/", for_script(data.dump(-1, ' ', false, Json::error_handler_t::replace)));
  return page;
}

}  // namespace lemmata::scenarios
