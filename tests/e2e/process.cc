// SPDX-License-Identifier: Apache-2.0
#include "tests/e2e/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <thread>

namespace mooring::test {
namespace {

struct Streams {
  int in = -1;
  int out = -1;
  int err = -1;
};

pid_t Spawn(const std::vector<std::string>& arguments, const Streams& streams) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) {
    std::perror("fork");
    std::abort();
  }
  if (pid > 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  dup2(streams.in, STDIN_FILENO);
  dup2(streams.out, STDOUT_FILENO);
  dup2(streams.err, STDERR_FILENO);
  execvp(argv[0], argv.data());
  std::perror(argv[0]);
  _exit(127);
}

/// True when the process has ended by itself within `patience`.
bool EndsWithin(pid_t pid, std::chrono::milliseconds patience) {
  const int fd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  if (fd < 0) return false;
  pollfd ended{.fd = fd, .events = POLLIN, .revents = 0};
  const bool is = poll(&ended, 1, static_cast<int>(patience.count())) == 1;
  close(fd);
  return is;
}

int Reap(pid_t pid) {
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// A file in memory with this content, at its beginning.
int MemoryFile(const std::string& content) {
  const int fd = memfd_create("test", MFD_CLOEXEC);
  if (fd < 0 || write(fd, content.data(), content.size()) < 0) std::abort();
  lseek(fd, 0, SEEK_SET);
  return fd;
}

std::string ReadAndClose(int fd) {
  std::string content(static_cast<size_t>(lseek(fd, 0, SEEK_END)), '\0');
  if (pread(fd, content.data(), content.size(), 0) < 0) content.clear();
  close(fd);
  return content;
}

}  // namespace

bool Eventually(std::chrono::milliseconds patience, const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() >= deadline) return holds();
    std::this_thread::sleep_for(std::chrono::milliseconds(25));  // other processes tell nothing
  }
  return true;
}

CommandResult RunCommand(const std::vector<std::string>& arguments, const std::string& input,
                         std::chrono::seconds patience) {
  const Streams streams{MemoryFile(input), MemoryFile(""), MemoryFile("")};
  const pid_t pid = Spawn(arguments, streams);
  if (!EndsWithin(pid, patience)) kill(pid, SIGKILL);
  const int exit_code = Reap(pid);
  close(streams.in);
  return {exit_code, ReadAndClose(streams.out), ReadAndClose(streams.err)};
}

void Process::Start(const std::vector<std::string>& arguments, const std::string& log) {
  const int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (out < 0) std::abort();
  pid_ = Spawn(arguments, {in, out, out});
  close(in);
  close(out);
}

bool Process::running() { return pid_ > 0 && !AwaitEnd(std::chrono::milliseconds(0)); }

void Process::Signal(int signal) const {
  if (pid_ > 0) kill(pid_, signal);
}

bool Process::AwaitEnd(std::chrono::milliseconds patience) {
  if (pid_ <= 0) return true;
  if (!EndsWithin(pid_, patience)) return false;
  exit_code_ = Reap(pid_);
  pid_ = -1;
  return true;
}

void Process::Kill() {
  if (pid_ <= 0) return;
  Signal(SIGKILL);
  exit_code_ = Reap(pid_);
  pid_ = -1;
}

}  // namespace mooring::test
