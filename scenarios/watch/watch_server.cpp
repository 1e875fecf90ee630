#include "scenarios/watch/watch_server.h"

#include <httplib.h>

#include <chrono>
#include <random>
#include <thread>

#include "scenarios/configuration/input_error.h"

namespace lemmata::scenarios {
namespace {

constexpr const char* loopback = "127.0.0.1";
constexpr std::size_t threads = 4;
constexpr int ok = 200, forbidden = 403, not_found = 404, method_not_allowed = 405;

std::string number_used_once() {
  std::random_device source;
  std::string text;
  for (int i = 0; i < 32; ++i) text += "0123456789abcdef"[source() % 16];
  return text;
}

std::string page_with(const std::string& nonce) {
  std::string page = watch_page;
  const std::string mark = "NONCE";
  for (std::size_t place = 0; (place = page.find(mark, place)) != std::string::npos; place += nonce.size())
    page.replace(place, mark.size(), nonce);
  return page;
}

std::string policy_with(const std::string& nonce) {
  return "default-src 'none'; script-src 'nonce-" + nonce + "'; style-src 'nonce-" + nonce +
         "'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

bool is_own_host(const httplib::Request& request, int port) {
  if (request.get_header_value_count("Host") != 1) return false;
  const std::string host = request.get_header_value("Host"), own_port = ":" + std::to_string(port);
  for (const std::string name : {"127.0.0.1", "localhost"}) {
    if (host == name || host == name + own_port) return true;
  }
  return false;
}

}  // namespace

struct WatchServer::Implementation {
  httplib::Server server;
  std::thread thread;
  int port = 0;
  std::string page, policy;
  std::function<std::string()> state;

  void answer(const httplib::Request& request, httplib::Response& response) const {
    const auto say = [&](int status, const std::string& text, const char* type) {
      response.status = status;
      response.set_content(text, type);
    };
    response.set_header("Cache-Control", "no-store");
    response.set_header("Content-Security-Policy", policy);
    response.set_header("X-Content-Type-Options", "nosniff");
    response.set_header("Referrer-Policy", "no-referrer");
    response.set_header("Cross-Origin-Resource-Policy", "same-origin");
    if (!is_own_host(request, port)) return say(forbidden, "this page is for 127.0.0.1 only\n", "text/plain");
    if (request.method != "GET") return say(method_not_allowed, "GET only\n", "text/plain");
    if (request.path == "/") return say(ok, page, "text/html; charset=utf-8");
    if (request.path == "/state.json") return say(ok, state(), "application/json");
    say(not_found, "there are / and /state.json\n", "text/plain");
  }
};

bool has_watch_server() { return true; }

WatchServer::WatchServer(std::optional<int> port, std::function<std::string()> state)
    : implementation_(std::make_unique<Implementation>()) {
  Implementation& own = *implementation_;
  const std::string nonce = number_used_once();
  own.page = page_with(nonce);
  own.policy = policy_with(nonce);
  own.state = std::move(state);
  own.server.new_task_queue = [] { return new httplib::ThreadPool(threads); };
  own.server.set_keep_alive_max_count(1);  // a connection that is kept would keep the server from ending
  own.server.set_read_timeout(2);
  own.server.set_write_timeout(2);
  own.server.set_payload_max_length(1024);
  own.server.set_socket_options([](socket_t socket) {  // the library's own would share the port with another server
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
  own.server.set_pre_routing_handler([&own](const httplib::Request& request, httplib::Response& response) {
    own.answer(request, response);
    return httplib::Server::HandlerResponse::Handled;
  });
  if (port)
    own.port = own.server.bind_to_port(loopback, *port) ? *port : -1;
  else
    own.port = own.server.bind_to_any_port(loopback);
  if (own.port <= 0)
    throw InputError("watch", "--serve", port ? std::to_string(*port) + ", which cannot be had" : "no port",
                     "a free port of 127.0.0.1");
  own.thread = std::thread([&own] { own.server.listen_after_bind(); });
  // stop() before the server runs would be lost.
  for (int i = 0; i < 2000 && !own.server.is_running(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

WatchServer::~WatchServer() {
  implementation_->server.stop();
  if (implementation_->thread.joinable()) implementation_->thread.join();
}

int WatchServer::port() const { return implementation_->port; }

}  // namespace lemmata::scenarios
