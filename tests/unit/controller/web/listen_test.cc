// SPDX-License-Identifier: Apache-2.0
#include "controller/web/listen.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>

namespace mooring::web {
namespace {

using ::testing::HasSubstr;

TEST(ListenAddress, ReadsWhatTheConfigurationSays) {
  EXPECT_EQ(ListenAddress::Parse("unix:/run/mooring/mooring.sock")->unix_path,
            "/run/mooring/mooring.sock");
  for (const char* text : {"127.0.0.1:8440", "127.8.9.1:1", "[::1]:65535"}) {
    EXPECT_EQ(ListenAddress::Parse(text)->ToString(), text);
  }
  EXPECT_EQ(ListenAddress::Parse("localhost:0")->ToString(), "127.0.0.1:0");
}

TEST(ListenAddress, NeverLetsOthersIn) {
  for (const char* text : {"0.0.0.0:8440", "[::]:8440", "192.168.1.5:8440", "example.com:80",
                           ":8440", "8440", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
                           "127.0.0.1:80x", "unix:relative.sock", "unix:", ""}) {
    const auto parsed = ListenAddress::Parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(parsed.error().ToString(), HasSubstr("is no address to listen on"));
  }
  EXPECT_FALSE(ListenAddress::Parse("unix:/" + std::string(200, 'x')));
}

class UnixSocketTest : public ::testing::Test {
 protected:
  UnixSocketTest() {
    std::string name = (std::filesystem::temp_directory_path() / "mooring-listen-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    listener_.address.unix_path = folder_ / "s.sock";
  }
  ~UnixSocketTest() override { std::filesystem::remove_all(folder_); }
  mode_t Mode() const {
    struct stat info{};
    ::stat(listener_.address.unix_path.c_str(), &info);
    return info.st_mode & 0777;
  }
  std::filesystem::path folder_;
  Listener listener_;
};

TEST_F(UnixSocketTest, HasTheModeThatWasAskedFor) {
  {
    const auto socket = ListeningSocket::Open(listener_);
    ASSERT_TRUE(socket) << socket.error().ToString();
    EXPECT_EQ(Mode(), 0600u);
  }
  EXPECT_FALSE(std::filesystem::exists(listener_.address.unix_path));
  listener_.mode = 0660;
  const auto socket = ListeningSocket::Open(listener_);
  EXPECT_EQ(Mode(), 0660u);
}

TEST_F(UnixSocketTest, ReplacesAStaleFile) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, listener_.address.unix_path.c_str());
  ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::close(fd);
  EXPECT_TRUE(ListeningSocket::Open(listener_));
}

TEST_F(UnixSocketTest, LeavesARunningDaemonAlone) {
  const auto first = ListeningSocket::Open(listener_);
  ASSERT_TRUE(first);
  const auto second = ListeningSocket::Open(listener_);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().ToString(), HasSubstr("is another daemon running?"));
  EXPECT_TRUE(std::filesystem::exists(listener_.address.unix_path));
}

TEST_F(UnixSocketTest, NeverRemovesAnythingElse) {
  std::ofstream(listener_.address.unix_path) << "precious";
  const auto socket = ListeningSocket::Open(listener_);
  ASSERT_FALSE(socket);
  EXPECT_THAT(socket.error().ToString(), HasSubstr("is no socket"));
  EXPECT_EQ(std::filesystem::file_size(listener_.address.unix_path), 8u);
}

TEST_F(UnixSocketTest, LeavesTheFileOfItsSuccessor) {
  auto first = ListeningSocket::Open(listener_);
  ASSERT_TRUE(first);
  std::filesystem::rename(listener_.address.unix_path, folder_ / "moved");
  const auto second = ListeningSocket::Open(listener_);
  ASSERT_TRUE(second);
  first->RemoveFile();
  EXPECT_TRUE(std::filesystem::exists(listener_.address.unix_path));
}

TEST_F(UnixSocketTest, SaysWhatIsMissing) {
  listener_.group = "no-such-group";
  EXPECT_THAT(ListeningSocket::Open(listener_).error().ToString(), HasSubstr("groupadd"));
  EXPECT_FALSE(std::filesystem::exists(listener_.address.unix_path));
  listener_.address.unix_path = folder_ / "none" / "s.sock";
  EXPECT_THAT(ListeningSocket::Open(listener_).error().ToString(),
              HasSubstr("its folder does not exist"));
}

TEST(TcpSocket, TwoCannotHaveOnePort) {
  const auto first = ListeningSocket::Open({.address = *ListenAddress::Parse("127.0.0.1:0")});
  ASSERT_TRUE(first);
  EXPECT_NE(first->address().port, 0);
  const auto second = ListeningSocket::Open({.address = first->address()});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), ErrorCode::kFailedPrecondition);
}

}  // namespace
}  // namespace mooring::web
