// Stands in for watch_server.cpp in a build without cpp-httplib.
#include "scenarios/configuration/input_error.h"
#include "scenarios/watch/watch_server.h"

namespace lemmata::scenarios {

struct WatchServer::Implementation {};

bool has_watch_server() { return false; }

WatchServer::WatchServer(std::optional<int>, std::function<std::string()>) {
  throw InputError("watch", "--serve", "a build from which the server was left out",
                   "one with cpp-httplib (libcpp-httplib-dev), or the view in the terminal");
}

WatchServer::~WatchServer() = default;
int WatchServer::port() const { return 0; }

}  // namespace lemmata::scenarios
