// SPDX-License-Identifier: Apache-2.0
#include "controller/process/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "controller/base/text.h"

namespace mooring::process {
namespace {

constexpr char kUsualPath[] = "/usr/local/bin:/usr/bin:/bin";
constexpr int kCloexecRange = 4;  // CLOSE_RANGE_CLOEXEC

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { Close(); }
  int get() const { return fd_; }
  void Close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

Error Failed(const Command& command, std::string_view what) {
  const int code = errno;
  return {ErrorCode::kUnavailable, fmt::format("start {}: {}: {}", command.program, what,
                                               std::generic_category().message(code))};
}

struct Pipe {
  Descriptor read;
  Descriptor write;
};

bool Open(Pipe& pipe) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
  pipe = {Descriptor(ends[0]), Descriptor(ends[1])};
  return ::fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0;
}

/// A file in memory: nothing has to be fed while the child runs, and no other process can open it.
Descriptor InputOf(const std::string& text) {
  Descriptor file(::memfd_create("stdin", MFD_CLOEXEC));
  for (size_t done = 0; file.get() >= 0 && done < text.size();) {
    const ssize_t n = ::write(file.get(), text.data() + done, text.size() - done);
    if (n < 0) return Descriptor();
    done += static_cast<size_t>(n);
  }
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

struct Streams {
  int in;
  int out;
  int err;
  int failure;  ///< errno goes here when the program cannot be started
};

/// What happens in the child between fork and exec: system calls only, because the other threads
/// and their locks are not there.
[[noreturn]] void Become(const char* program, char* const* arguments, char* const* environment,
                         const Streams& streams, pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  sigset_t none;
  sigemptyset(&none);
  for (int signal = 1; signal < SIGRTMIN; ++signal) {
    if (signal != SIGKILL && signal != SIGSTOP) ::signal(signal, SIG_DFL);
  }
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::dup2(streams.in, STDIN_FILENO);
  ::dup2(streams.out, STDOUT_FILENO);
  ::dup2(streams.err, STDERR_FILENO);
  ::syscall(SYS_close_range, 3U, ~0U, kCloexecRange);
  ::execve(program, arguments, environment);
  const int code = errno;
  [[maybe_unused]] const ssize_t told = ::write(streams.failure, &code, sizeof code);
  ::_exit(127);
}

/// A child that runs. Whatever happens, it is gone and reaped when this goes.
class Running {
 public:
  Running(pid_t pid, Pipe out, Pipe err)
      : pid_(pid),
        handle_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))),
        out_(std::move(out.read)),
        err_(std::move(err.read)) {}
  ~Running() {
    Kill();
    Reap();
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  Outcome Await(const Command& command, const std::stop_token& stop);

 private:
  using Steady = std::chrono::steady_clock;

  /// The whole group; its number cannot be somebody else's while the child is not reaped.
  void Kill() const {
    if (pid_ > 0) ::kill(-pid_, SIGKILL);
  }
  int Reap() {
    int status = 0;
    while (pid_ > 0 && ::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return status;
  }
  /// Takes what is there; true if there was something.
  bool Drain(const Command& command);
  static bool Read(Descriptor& from, std::string& into);

  pid_t pid_;
  Descriptor handle_;
  Descriptor out_;
  Descriptor err_;
  std::string output_;
  std::string errors_;
};

bool Running::Read(Descriptor& from, std::string& into) {
  bool any = false;
  std::array<char, 16384> buffer;
  while (from.get() >= 0) {
    const ssize_t n = ::read(from.get(), buffer.data(), buffer.size());
    if (n > 0) {
      into.append(buffer.data(), static_cast<size_t>(n));
      any = true;
      if (n < static_cast<ssize_t>(buffer.size())) break;
    } else if (n == 0) {
      from.Close();
    } else if (errno != EINTR) {
      break;
    }
  }
  return any;
}

bool Running::Drain(const Command& command) {
  const bool any_output = Read(out_, output_);
  const bool any_errors = Read(err_, errors_);
  if (errors_.size() > command.max_errors) errors_.erase(0, errors_.size() - command.max_errors);
  return any_output || any_errors;
}

Outcome Running::Await(const Command& command, const std::stop_token& stop) {
  const Descriptor wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  const std::stop_callback on_stop(stop, [&] {
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t n = ::write(wake.get(), &one, sizeof one);
  });
  const auto start = Steady::now();
  auto last_sign = start;
  while (true) {
    const auto now = Steady::now();
    if (stop.stop_requested()) return std::unexpected(Cut{Cut::Cause::kStopped, errors_});
    if (command.total && now - start >= *command.total)
      return std::unexpected(Cut{Cut::Cause::kTotal, errors_});
    if (command.silence && now - last_sign >= *command.silence)
      return std::unexpected(Cut{Cut::Cause::kSilence, errors_});
    auto until = Steady::time_point::max();
    if (command.total) until = start + *command.total;
    if (command.silence) until = std::min(until, last_sign + *command.silence);
    int timeout = -1;
    if (until != Steady::time_point::max()) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - now).count();
      timeout = static_cast<int>(std::min<long long>(left, 60'000));
    }
    std::array<pollfd, 4> watched = {pollfd{handle_.get(), POLLIN, 0},
                                     pollfd{wake.get(), POLLIN, 0}, pollfd{out_.get(), POLLIN, 0},
                                     pollfd{err_.get(), POLLIN, 0}};
    if (::poll(watched.data(), watched.size(), timeout) < 0 && errno != EINTR) {
      return std::unexpected(Cut{Cut::Cause::kStopped, errors_});
    }
    if (Drain(command)) last_sign = Steady::now();
    if (output_.size() > command.max_output)
      return std::unexpected(Cut{Cut::Cause::kOutput, errors_});
    if ((watched[0].revents & POLLIN) == 0) continue;
    Kill();  // what it left behind would hold the pipes
    while (Drain(command)) {
    }
    const int status = Reap();
    Ended ended{.output = std::move(output_), .errors = std::move(errors_)};
    if (WIFEXITED(status)) ended.exit_code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) ended.signal = WTERMSIG(status);
    return ended;
  }
}

}  // namespace

Result<Outcome> RunChild(const Command& command, const std::stop_token& stop) {
  Pipe out;
  Pipe err;
  Pipe failure;
  const Descriptor in = InputOf(command.input);
  if (in.get() < 0 || !Open(out) || !Open(err) || !Open(failure))
    return std::unexpected(Failed(command, "make its streams"));
  const std::vector<char*> arguments = Pointers(command.arguments);
  const std::vector<char*> environment = Pointers(command.environment);
  const Streams streams{in.get(), out.write.get(), err.write.get(), failure.write.get()};
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0)
    Become(command.program.c_str(), arguments.data(), environment.data(), streams, parent);
  if (pid < 0) return std::unexpected(Failed(command, "make a process"));
  for (Pipe* pipe : {&out, &err, &failure}) pipe->write.Close();
  Running child(pid, std::move(out), std::move(err));
  // Until exec closes it; then nothing of us is left in the child.
  ::fcntl(failure.read.get(), F_SETFL, 0);
  int code = 0;
  ssize_t n = 0;
  while ((n = ::read(failure.read.get(), &code, sizeof code)) < 0 && errno == EINTR) {
  }
  if (n == static_cast<ssize_t>(sizeof code)) {
    errno = code;
    return std::unexpected(Failed(command, "run it"));
  }
  return child.Await(command, stop);
}

std::optional<std::string> FindProgram(const std::string& name) {
  const auto may_run = [](const std::string& path) { return ::access(path.c_str(), X_OK) == 0; };
  if (name.find('/') != std::string::npos)
    return may_run(name) ? std::optional(name) : std::nullopt;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets variables once threads run
  const char* search = std::getenv("PATH");
  for (const std::string& folder : Split(search != nullptr ? search : kUsualPath, ':')) {
    std::string path = folder + "/" + name;
    if (folder.starts_with('/') && may_run(path)) return path;
  }
  return std::nullopt;
}

std::vector<std::string> PassOn(const std::vector<std::string>& names) {
  std::vector<std::string> environment;
  for (const std::string& name : names) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets variables once threads run
    if (const char* value = std::getenv(name.c_str())) environment.push_back(name + "=" + value);
  }
  return environment;
}

}  // namespace mooring::process
