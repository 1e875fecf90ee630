// Preloaded into a program: at every look its calendar clock has jumped by up to a year, forth or back.
#include <dlfcn.h>
#include <sys/time.h>

#include <atomic>
#include <ctime>

namespace {

std::time_t jumped(std::time_t now) {
  static std::atomic<unsigned> looks{0};
  const unsigned look = ++looks;
  return now + static_cast<std::time_t>(look * 2654435761U % 31'536'000U) * (look % 2 == 0 ? 1 : -1);
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* found) {
  using Function = int (*)(clockid_t, timespec*);
  static const auto real = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "clock_gettime"));
  const int code = real(clock, found);
  if (clock == CLOCK_REALTIME) found->tv_sec = jumped(found->tv_sec);
  return code;
}

std::time_t time(std::time_t* where) {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (where != nullptr) *where = now.tv_sec;
  return now.tv_sec;
}

int gettimeofday(timeval* found, void*) {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  *found = {now.tv_sec, now.tv_nsec / 1000};
  return 0;
}
}
