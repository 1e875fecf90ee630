#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace lemmata::scenarios {

/// Whether this build has the server (cpp-httplib).
bool has_watch_server();

/// The live page, on 127.0.0.1 only, while the object lives. It answers GET of `/` (the page) and of `/state.json`, and
/// nothing else: no file is ever opened for a request. A Host other than 127.0.0.1 or localhost is refused with 403, so
/// that no page of another site reads the state by a name that it makes resolve to this machine.
/// Checked by: tests/scenarios/watch_test.py.
class WatchServer {
 public:
  /// @param port   1 to 65535; none: one that is free.
  /// @param state  the text of /state.json; called from threads of the server, several at once.
  /// @throws InputError if this build has no server, or the port cannot be had.
  WatchServer(std::optional<int> port, std::function<std::string()> state);
  ~WatchServer();
  int port() const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

/// Content of scenarios/watch/watch_page.html; NONCE stands for a number used once.
extern const char* const watch_page;

}  // namespace lemmata::scenarios
