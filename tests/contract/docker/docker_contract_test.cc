// SPDX-License-Identifier: Apache-2.0
// What Mooring relies on in a Docker engine, on the fake one and on the real one.
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "controller/resource/reasons.h"
#include "tests/support/clock/fake_clock.h"
#include "tests/support/docker/fake_docker_host.h"
#include "tests/support/docker/real_docker_host.h"
#include "tests/support/docker/tar.h"

namespace mooring::testing {
namespace {

using docker::ContainerSummary;
using docker::EngineEvent;

constexpr std::chrono::seconds kGrace{1};

/// The engine under test and the hand that moves it.
class Host {
 public:
  virtual ~Host() = default;
  virtual docker::DockerReader& reader() = 0;
  virtual docker::DockerWriter& writer() = 0;
  virtual std::string prefix() const = 0;
  virtual std::string image() = 0;
  virtual void Pause(const std::string& container) = 0;
  virtual void KillProcess(const std::string& container) = 0;
  /// A create body of a container that writes three lines, of which the second has `text`, and then
  /// ends with 3; `run` starts one and waits for its end.
  virtual Json FailingBody(const std::string& text) = 0;
  virtual void AwaitEnd(const std::string& container, const std::string& text) = 0;
  virtual std::string FileIn(const std::string& volume, const std::string& path) = 0;
};

class FakeHost final : public Host {
 public:
  FakeHost() {
    fake_.AddImage(image(), {{"Cmd", {"/bin/serve"}}, {"Env", {"PATH=/bin:/usr/sbin"}}});
  }
  docker::DockerReader& reader() override { return fake_; }
  docker::DockerWriter& writer() override { return fake_; }
  std::string prefix() const override { return "fake"; }
  std::string image() override { return "mooring-test/web:1.0.0"; }
  void Pause(const std::string& container) override { fake_.Pause(container); }
  void KillProcess(const std::string& container) override { fake_.Kill(container); }
  Json FailingBody(const std::string&) override { return Json::object(); }
  void AwaitEnd(const std::string& container, const std::string& text) override {
    fake_.Edit(container, [&](auto& c) { c.lines = {"first", text, "last"}; });
    fake_.Kill(container, 3);
  }
  std::string FileIn(const std::string& volume, const std::string& path) override {
    return fake_.FilesIn(volume)[path];
  }

 private:
  FakeClock clock_;
  FakeDockerHost fake_{clock_};
};

class RealHost final : public Host {
 public:
  explicit RealHost(std::unique_ptr<RealDockerHost> host) : host_(std::move(host)) {}
  docker::DockerReader& reader() override { return host_->reader(); }
  docker::DockerWriter& writer() override { return host_->writer(); }
  std::string prefix() const override { return host_->prefix(); }
  std::string image() override { return host_->MakeImage(); }
  void Pause(const std::string& container) override {
    host_->Raw("POST", "/containers/" + container + "/pause");
  }
  void KillProcess(const std::string& container) override {
    const Json inspect = host_->Raw("GET", "/containers/" + container + "/json").second;
    const int pid = inspect["State"]["Pid"].get<int>();
    ASSERT_GT(pid, 0) << "it does not run; 0 would be our own process group";
    ::kill(pid, SIGKILL);
  }
  Json FailingBody(const std::string& text) override {
    return {{"Cmd", {"sh", "-c", "echo first; echo " + text + " >&2; echo last >&2; exit 3"}}};
  }
  void AwaitEnd(const std::string& container, const std::string&) override {
    host_->Raw("POST", "/containers/" + container + "/wait");
  }
  std::string FileIn(const std::string& volume, const std::string& path) override {
    const Json seen = host_->Raw("GET", "/volumes/" + volume).second;
    std::ifstream file(seen.value("Mountpoint", "") + "/" + path);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

 private:
  std::unique_ptr<RealDockerHost> host_;
};

class DockerContract : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (!GetParam()) {
      host_ = std::make_unique<FakeHost>();
      return;
    }
    auto real = RealDockerHost::Connect();
    if (!real) GTEST_SKIP() << "no Docker engine answers here";
    host_ = std::make_unique<RealHost>(std::move(real));
  }

  docker::DockerReader& reader() { return host_->reader(); }
  docker::DockerWriter& writer() { return host_->writer(); }
  std::string Name(const std::string& rest) const { return host_->prefix() + "_" + rest; }

  /// A subnet of this process alone: the suite may run several times at once.
  std::string Subnet(int n) const {
    return fmt::format("10.{}.{}.{}/26", 232 + ::getpid() % 20, (::getpid() / 20) % 256, 64 * n);
  }
  std::string Address(int subnet, int host) const {
    const auto parsed = docker::Subnet::Parse(Subnet(subnet));
    return docker::AddressText(parsed->base + static_cast<uint32_t>(host));
  }
  Json NetworkBody(const std::string& name, int n) const {
    const auto subnet = docker::Subnet::Parse(Subnet(n));
    const Json pool = {{"Subnet", subnet->ToString()},
                       {"Gateway", docker::AddressText(subnet->base + 1)},
                       {"IPRange", subnet->EngineHalf().ToString()}};
    return {{"Name", name},
            {"Driver", "bridge"},
            {"CheckDuplicate", true},
            {"Labels", {{"owner", "contract"}}},
            {"IPAM", {{"Config", Json::array({pool})}}}};
  }
  Json Body(const std::string& network = "", const std::string& address = "") {
    Json body = {{"Image", host_->image()},
                 {"Labels", {{"contract", host_->prefix()}, {"empty", ""}}},
                 {"HostConfig", {{"RestartPolicy", {{"Name", "no"}}}}}};
    if (network.empty()) {
      body["HostConfig"]["NetworkMode"] = "none";
      return body;
    }
    body["HostConfig"]["NetworkMode"] = network;
    Json& endpoint = body["NetworkingConfig"]["EndpointsConfig"][network];
    endpoint["Aliases"] = {"web"};
    if (!address.empty()) endpoint["IPAMConfig"]["IPv4Address"] = address;
    return body;
  }
  std::string Create(const std::string& name, const Json& body) {
    const auto id = writer().CreateContainer(name, body, {});
    EXPECT_TRUE(id) << id.error().ToString();
    return id.value_or("");
  }
  std::string Run(const std::string& name, const Json& body) {
    const std::string id = Create(name, body);
    const Status started = writer().StartContainer(id, {});
    EXPECT_TRUE(started) << started.error().ToString();
    return id;
  }
  ContainerSummary Summary(const std::string& id) {
    const auto all = reader().ListContainers({.labels = {"contract=" + host_->prefix()}}, {});
    for (const docker::SummaryPtr& c : *all) {
      if (c->id == id) return *c;
    }
    return {};
  }

  std::unique_ptr<Host> host_;
};

TEST_P(DockerContract, PingTellsTheVersion) {
  const auto info = reader().Ping({});
  ASSERT_TRUE(info) << info.error().ToString();
  EXPECT_FALSE(info->version.empty());
  EXPECT_TRUE(info->api_version.starts_with("1."));
}

TEST_P(DockerContract, ContainerLivesAndDies) {
  const std::string id = Create(Name("a"), Body());
  EXPECT_EQ(Summary(id).state, "created");
  EXPECT_EQ(Summary(id).name, Name("a"));
  ASSERT_TRUE(writer().StartContainer(id, {}));
  EXPECT_EQ(Summary(id).state, "running");
  EXPECT_TRUE(writer().StartContainer(id, {})) << "running already is fine";
  ASSERT_TRUE(writer().StopContainer(id, kGrace, {}));
  EXPECT_EQ(Summary(id).state, "exited");
  EXPECT_TRUE(writer().StopContainer(id, kGrace, {})) << "stopped already is fine";
  ASSERT_TRUE(writer().StartContainer(id, {}));
  ASSERT_TRUE(writer().RemoveContainer(id, {})) << "a running one goes too";
  EXPECT_EQ(Summary(id).id, "");
  EXPECT_TRUE(writer().RemoveContainer(id, {})) << "gone already is fine";
  EXPECT_TRUE(writer().StopContainer(id, kGrace, {})) << "gone already is fine";
}

TEST_P(DockerContract, SeveralAreStartedAndEachHasItsAnswer) {
  std::vector<std::string> ids;
  for (const char* name : {"a", "b", "c", "d", "e"}) ids.push_back(Create(Name(name), Body()));
  ids.insert(ids.begin() + 1, Name("nobody"));
  const std::vector<Status> started = writer().StartContainers(ids, {});
  ASSERT_EQ(started.size(), 6U);
  for (size_t i = 0; i < ids.size(); ++i) {
    EXPECT_EQ(started[i].has_value(), i != 1) << i;
    EXPECT_EQ(Summary(ids[i]).state, i == 1 ? "" : "running");
  }
  EXPECT_EQ(started[1].error().code(), ErrorCode::kNotFound);
  EXPECT_TRUE(writer().StartContainers({ids[0]}, {}).front()) << "running already is fine";
}

TEST_P(DockerContract, WhatIsGoneIsNotFound) {
  EXPECT_EQ(writer().StartContainer(Name("nobody"), {}).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(writer().UpdateContainer(Name("nobody"), {{"Memory", 64 << 20}}, {}).error().code(),
            ErrorCode::kNotFound);
  EXPECT_EQ(writer().RenameContainer(Name("nobody"), Name("b"), {}).error().code(),
            ErrorCode::kNotFound);
  EXPECT_EQ(reader().InspectContainer(Name("nobody"), {}).error().code(), ErrorCode::kNotFound);
  EXPECT_TRUE(writer().RemoveNetwork(Name("nobody"), {}));
}

TEST_P(DockerContract, TakenNameIsNameConflict) {
  Create(Name("a"), Body());
  const auto second = writer().CreateContainer(Name("a"), Body(), {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), ErrorCode::kFailedPrecondition);
  EXPECT_EQ(second.error().reason(), reason::kNameConflict);
}

TEST_P(DockerContract, MissingImageIsNotFound) {
  Json body = Body();
  body["Image"] = Name("nothing") + ":1";
  EXPECT_EQ(writer().CreateContainer(Name("a"), body, {}).error().code(), ErrorCode::kNotFound);
  const auto image = reader().InspectImage(Name("nothing") + ":1", {});
  ASSERT_TRUE(image);
  EXPECT_EQ(*image, std::nullopt);
}

TEST_P(DockerContract, ImageTellsItsDefaults) {
  const auto image = reader().InspectImage(host_->image(), {});
  ASSERT_TRUE(image && *image);
  EXPECT_TRUE((*image)->id.starts_with("sha256:"));
  EXPECT_EQ((*image)->config["Cmd"], Json({"/bin/serve"}));
}

TEST_P(DockerContract, RenameMovesTheName) {
  const std::string id = Create(Name("a"), Body());
  Create(Name("b"), Body());
  ASSERT_TRUE(writer().RenameContainer(id, Name("c"), {}));
  EXPECT_EQ(Summary(id).name, Name("c"));
  EXPECT_TRUE(writer().RenameContainer(id, Name("c"), {})) << "the same name is fine";
  EXPECT_EQ(writer().RenameContainer(id, Name("b"), {}).error().reason(), reason::kNameConflict);
}

TEST_P(DockerContract, UpdateSetsLimitsAndCannotLiftThem) {
  const std::string id = Run(Name("a"), Body());
  ASSERT_TRUE(
      writer().UpdateContainer(id,
                               {{"Memory", 64 << 20},
                                {"MemorySwap", 128 << 20},
                                {"NanoCpus", 500'000'000},
                                {"RestartPolicy", {{"Name", "always"}, {"MaximumRetryCount", 0}}}},
                               {}));
  auto details = reader().InspectContainer(id, {});
  ASSERT_TRUE(details);
  EXPECT_EQ(details->host_config["Memory"], 64 << 20);
  EXPECT_EQ(details->host_config["NanoCpus"], 500'000'000);
  EXPECT_EQ(details->host_config["RestartPolicy"]["Name"], "always");
  ASSERT_TRUE(
      writer().UpdateContainer(id, {{"Memory", 0}, {"RestartPolicy", {{"Name", "no"}}}}, {}));
  details = reader().InspectContainer(id, {});
  ASSERT_TRUE(details);
  EXPECT_EQ(details->host_config["Memory"], 64 << 20) << "zero means not given";
}

TEST_P(DockerContract, PausedContainerIsSeenAndUnpaused) {
  const std::string id = Run(Name("a"), Body());
  host_->Pause(id);
  EXPECT_EQ(Summary(id).state, "paused");
  EXPECT_FALSE(writer().StartContainer(id, {}));
  ASSERT_TRUE(writer().UnpauseContainer(id, {}));
  EXPECT_EQ(Summary(id).state, "running");
  EXPECT_TRUE(writer().UnpauseContainer(id, {})) << "not paused is fine";
  host_->Pause(id);
  ASSERT_TRUE(writer().StopContainer(id, kGrace, {})) << "a paused one stops";
  EXPECT_EQ(Summary(id).state, "exited");
}

TEST_P(DockerContract, ASignalStopsNothing) {
  const std::string id = Run(Name("a"), Body());
  ASSERT_TRUE(writer().SignalContainer(id, "SIGWINCH", {}));
  EXPECT_EQ(Summary(id).state, "running");
  ASSERT_TRUE(writer().StopContainer(id, kGrace, {}));
  EXPECT_TRUE(writer().SignalContainer(id, "SIGWINCH", {})) << "not running is fine";
  EXPECT_EQ(Summary(id).state, "exited");
  EXPECT_TRUE(writer().SignalContainer("none-of-this-name", "HUP", {})) << "gone is fine";
}

TEST_P(DockerContract, KilledProcessLeavesAnExitCode) {
  const std::string id = Run(Name("a"), Body());
  host_->KillProcess(id);
  for (int i = 0; i < 200 && Summary(id).state == "running"; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(Summary(id).state, "exited");
  EXPECT_EQ(Summary(id).exit_code, 137);
}

TEST_P(DockerContract, AnEndTellsItsTimeItsCodeAndTheLastLines) {
  Json body = Body();
  body.update(host_->FailingBody("second"));
  const std::string id = Create(Name("job"), body);
  const auto before = reader().InspectContainer(id, {});
  ASSERT_TRUE(before);
  EXPECT_FALSE(before->finished_at) << "it never ran";
  ASSERT_TRUE(writer().StartContainer(id, {}));
  host_->AwaitEnd(id, "second");
  const auto details = reader().InspectContainer(id, {});
  ASSERT_TRUE(details);
  EXPECT_EQ(details->exit_code, 3);
  ASSERT_TRUE(details->finished_at);
  // The engine notes the start when it has answered; a short program has ended by then.
  EXPECT_GT(*details->finished_at, details->started_at - std::chrono::seconds(1));
  // The engine reads the two streams side by side: only within one of them there is an order.
  const auto lines = reader().LastLines(id, 3, {});
  ASSERT_TRUE(lines) << lines.error().ToString();
  EXPECT_THAT(*lines, ::testing::UnorderedElementsAre("first", "second", "last"));
  EXPECT_LT(std::ranges::find(*lines, "second"), std::ranges::find(*lines, "last"));
  EXPECT_EQ(reader().LastLines(id, 2, {})->size(), 2U);
  EXPECT_EQ(reader().LastLines(Name("nothing"), 2, {}).error().code(), ErrorCode::kNotFound);
}

TEST_P(DockerContract, ListFiltersByLabelAndName) {
  const std::string a = Create(Name("a"), Body());
  const std::string b = Create(Name("b"), Body());
  const std::string label = "contract=" + host_->prefix();
  EXPECT_EQ(reader().ListContainers({.labels = {label}}, {})->size(), 2u);
  EXPECT_EQ(reader().ListContainers({.labels = {label, "contract=other"}}, {})->size(), 0u);
  const auto named = reader().ListContainers({.name = "^/" + Name("a")}, {});
  ASSERT_EQ(named->size(), 1u);
  EXPECT_EQ(named->front()->id, a);
  const auto all = reader().ListContainers({}, {});
  EXPECT_TRUE(std::any_of(all->begin(), all->end(), [&](const auto& c) { return c->id == b; }));
  EXPECT_EQ(Summary(a).Label("empty"), "");
  EXPECT_TRUE(Summary(a).labels.contains("empty"));
}

TEST_P(DockerContract, FixedAddressAndAliasStayWhileStopped) {
  ASSERT_TRUE(writer().CreateNetwork(NetworkBody(Name("net"), 0), {}));
  const std::string id = Run(Name("a"), Body(Name("net"), Address(0, 2)));
  const auto running = Summary(id).networks.at(Name("net"));
  EXPECT_EQ(running.address, Address(0, 2));
  EXPECT_EQ(running.fixed_address, Address(0, 2));
  EXPECT_FALSE(running.network_id.empty());
  const auto aliases = reader().InspectContainer(id, {})->aliases.at(Name("net"));
  EXPECT_EQ(aliases.front(), "web") << "an older engine's list has the short id, too";
  ASSERT_TRUE(writer().StopContainer(id, kGrace, {}));
  const auto stopped = Summary(id).networks.at(Name("net"));
  EXPECT_EQ(stopped.address, "");
  EXPECT_EQ(stopped.fixed_address, Address(0, 2));
}

TEST_P(DockerContract, AddressWithoutAskingComesFromTheEnginesHalf) {
  ASSERT_TRUE(writer().CreateNetwork(NetworkBody(Name("net"), 0), {}));
  const std::string id = Run(Name("a"), Body(Name("net")));
  const auto endpoint = Summary(id).networks.at(Name("net"));
  EXPECT_EQ(endpoint.fixed_address, "");
  EXPECT_EQ(endpoint.address, Address(0, 32));
}

TEST_P(DockerContract, TakenAddressIsAborted) {
  ASSERT_TRUE(writer().CreateNetwork(NetworkBody(Name("net"), 0), {}));
  Run(Name("a"), Body(Name("net"), Address(0, 2)));
  const std::string second = Create(Name("b"), Body(Name("net"), Address(0, 2)));
  EXPECT_EQ(writer().StartContainer(second, {}).error().code(), ErrorCode::kAborted);
}

TEST_P(DockerContract, DisconnectAndConnectWhileRunning) {
  ASSERT_TRUE(writer().CreateNetwork(NetworkBody(Name("net"), 0), {}));
  const std::string id = Run(Name("a"), Body(Name("net"), Address(0, 2)));
  ASSERT_TRUE(writer().DisconnectNetwork(Name("net"), id, {}));
  EXPECT_TRUE(writer().DisconnectNetwork(Name("net"), id, {})) << "not connected is fine";
  EXPECT_FALSE(Summary(id).networks.contains(Name("net")));
  const Json endpoint = {{"Aliases", {"web"}}, {"IPAMConfig", {{"IPv4Address", Address(0, 3)}}}};
  ASSERT_TRUE(writer().ConnectNetwork(Name("net"), id, endpoint, {}));
  EXPECT_FALSE(writer().ConnectNetwork(Name("net"), id, endpoint, {}))
      << "connected already is an error";
  EXPECT_EQ(Summary(id).networks.at(Name("net")).address, Address(0, 3));
  EXPECT_EQ(reader().InspectContainer(id, {})->aliases.at(Name("net")).front(), "web");
}

TEST_P(DockerContract, StoppedContainerKeepsTheIdOfAGoneNetwork) {
  ASSERT_TRUE(writer().CreateNetwork(NetworkBody(Name("net"), 0), {}));
  const std::string id = Run(Name("a"), Body(Name("net"), Address(0, 2)));
  ASSERT_TRUE(writer().StopContainer(id, kGrace, {}));
  const auto networks = reader().ListNetworks("", {});
  const auto net = std::find_if(networks->begin(), networks->end(),
                                [&](const auto& n) { return n.name == Name("net"); });
  ASSERT_NE(net, networks->end());
  ASSERT_TRUE(writer().RemoveNetwork(net->id, {})) << "a stopped container does not hold it";
  EXPECT_EQ(writer().StartContainer(id, {}).error().code(), ErrorCode::kNotFound);
  ASSERT_TRUE(writer().CreateNetwork(NetworkBody(Name("net"), 1), {}));
  EXPECT_EQ(writer().StartContainer(id, {}).error().code(), ErrorCode::kNotFound)
      << "the same name is another network";
  ASSERT_TRUE(writer().DisconnectNetwork(Name("net"), id, {}));
  const Json endpoint = {{"Aliases", {"web"}}, {"IPAMConfig", {{"IPv4Address", Address(1, 2)}}}};
  ASSERT_TRUE(writer().ConnectNetwork(Name("net"), id, endpoint, {}));
  EXPECT_EQ(Summary(id).networks.at(Name("net")).network_id, "") << "known once it starts";
  ASSERT_TRUE(writer().StartContainer(id, {}));
  EXPECT_EQ(Summary(id).networks.at(Name("net")).address, Address(1, 2));
}

TEST_P(DockerContract, NetworkNamesAndSubnetsAreTakenOnce) {
  ASSERT_TRUE(writer().CreateNetwork(NetworkBody(Name("net"), 0), {}));
  const auto name = writer().CreateNetwork(NetworkBody(Name("net"), 1), {});
  EXPECT_EQ(name.error().code(), ErrorCode::kFailedPrecondition);
  EXPECT_EQ(name.error().reason(), reason::kNameConflict);
  EXPECT_EQ(writer().CreateNetwork(NetworkBody(Name("other"), 0), {}).error().code(),
            ErrorCode::kAborted);
  const auto networks = reader().ListNetworks("", {});
  const auto net = std::find_if(networks->begin(), networks->end(),
                                [&](const auto& n) { return n.name == Name("net"); });
  ASSERT_NE(net, networks->end());
  EXPECT_EQ(net->labels.at("owner"), "contract");
  ASSERT_EQ(net->subnets.size(), 1u);
  EXPECT_EQ(net->subnets.front().ToString(), Subnet(0));
  Run(Name("a"), Body(Name("net")));
  const auto in_use = writer().RemoveNetwork(net->id, {});
  EXPECT_EQ(in_use.error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(in_use.error().reason(), reason::kInUse);
}

TEST_P(DockerContract, TakenHostPortIsPortConflictAtStart) {
  const std::string port = std::to_string(20000 + ::getpid() % 10000);
  const auto body = [&](int host) {
    Json b = Body(Name("net"), Address(0, host));
    b["ExposedPorts"]["8080/tcp"] = Json::object();
    b["HostConfig"]["PortBindings"]["8080/tcp"] = {{{"HostIp", "127.0.0.1"}, {"HostPort", port}}};
    return b;
  };
  ASSERT_TRUE(writer().CreateNetwork(NetworkBody(Name("net"), 0), {}));
  const std::string first = Run(Name("a"), body(2));
  const std::string second = Create(Name("b"), body(3));
  const auto started = writer().StartContainer(second, {});
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(started.error().reason(), reason::kPortConflict);
  EXPECT_EQ(Summary(second).state, "created");
  EXPECT_NE(reader().InspectContainer(second, {})->error, "");
  ASSERT_TRUE(writer().RemoveContainer(first, {}));
  EXPECT_TRUE(writer().StartContainer(second, {})) << "free now";
}

TEST_P(DockerContract, VolumeIsCreatedOnceAndOutlivesItsContainer) {
  const Json volume = {{"Name", Name("data")}, {"Labels", {{"owner", "first"}}}};
  ASSERT_TRUE(writer().CreateVolume(volume, {}));
  ASSERT_TRUE(
      writer().CreateVolume({{"Name", Name("data")}, {"Labels", {{"owner", "second"}}}}, {}));
  Json body = Body();
  body["HostConfig"]["Mounts"] = {
      {{"Type", "volume"}, {"Source", Name("data")}, {"Target", "/data"}}};
  const std::string id = Run(Name("a"), body);
  ASSERT_TRUE(writer().RemoveContainer(id, {}));
  const auto volumes = reader().ListVolumes({});
  const auto data = std::find_if(volumes->begin(), volumes->end(),
                                 [&](const auto& v) { return v.name == Name("data"); });
  ASSERT_NE(data, volumes->end());
  EXPECT_EQ(data->labels.at("owner"), "first");
}

TEST_P(DockerContract, CreatingAVolumeTellsWhoseItIs) {
  const Json ours = {{"Name", Name("data")}, {"Labels", {{"owner", "first"}}}};
  const auto made = writer().CreateVolume(ours, {});
  ASSERT_TRUE(made) << made.error().ToString();
  EXPECT_EQ(made->name, Name("data"));
  EXPECT_EQ(made->labels.at("owner"), "first");
  const auto again =
      writer().CreateVolume({{"Name", Name("data")}, {"Labels", {{"owner", "second"}}}}, {});
  ASSERT_TRUE(again) << again.error().ToString();
  EXPECT_EQ(again->labels.at("owner"), "first");
}

TEST_P(DockerContract, AVolumeThatAContainerMountsIsNotRemoved) {
  ASSERT_TRUE(writer().CreateVolume({{"Name", Name("data")}}, {}));
  Json body = Body();
  body["HostConfig"]["Mounts"] = {
      {{"Type", "volume"}, {"Source", Name("data")}, {"Target", "/data"}}};
  const auto id = writer().CreateContainer(Name("a"), body, {});
  ASSERT_TRUE(id) << id.error().ToString();
  const Status used = writer().RemoveVolume(Name("data"), {});
  ASSERT_FALSE(used) << "also one that never ran counts";
  EXPECT_EQ(used.error().reason(), reason::kInUse);
  ASSERT_TRUE(writer().RemoveContainer(*id, {}));
  EXPECT_TRUE(writer().RemoveVolume(Name("data"), {}));
  EXPECT_TRUE(writer().RemoveVolume(Name("data"), {})) << "gone already";
}

/// What is unpacked through one container is there for another.
TEST_P(DockerContract, UnpacksIntoTheVolumeOfAContainerThatNeverRan) {
  Json body = Body();
  body["HostConfig"]["Mounts"] = {{{"Type", "volume"},
                                   {"Source", Name("data")},
                                   {"Target", "/mooring-seed"},
                                   {"VolumeOptions", {{"NoCopy", true}}}}};
  const auto id = writer().CreateContainer(Name("a"), body, {});
  ASSERT_TRUE(id) << id.error().ToString();
  const std::string tar = TarOf("mooring-seed/a.txt", "unpacked");
  std::vector<std::string> parts = {tar.substr(0, 700), tar.substr(700), ""};
  size_t next = 0;
  const auto give = [&]() -> Result<std::string> { return parts[next++]; };
  const Status put = writer().PutArchive(*id, "/", give, {});
  ASSERT_TRUE(put) << put.error().ToString();
  EXPECT_EQ(host_->FileIn(Name("data"), "a.txt"), "unpacked");
  EXPECT_EQ(Summary(*id).state, "created");
  const auto nobody =
      writer().PutArchive(Name("nobody"), "/", []() -> Result<std::string> { return ""; }, {});
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error().code(), ErrorCode::kNotFound);
  const auto broken = [&]() -> Result<std::string> {
    return next++ % 2 == 1 ? Result<std::string>(tar.substr(0, 512))
                           : Fail(ErrorCode::kInvalidArgument, "it is broken");
  };
  const Status cut = writer().PutArchive(*id, "/", broken, {});
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().message(), "it is broken");
}

TEST_P(DockerContract, FailedPullSaysWhatAndWhy) {
  const Status pulled = writer().PullImage({"localhost:1/nothing:1"}, nullptr, {});
  ASSERT_FALSE(pulled);
  EXPECT_EQ(pulled.error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(pulled.error().reason(), reason::kImagePullFailed);
  EXPECT_NE(pulled.error().message().find("localhost:1/nothing:1"), std::string::npos);
  EXPECT_NE(pulled.error().message().find("connection refused"), std::string::npos);
}

TEST_P(DockerContract, EventsNameTheContainerAndItsLabels) {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::vector<std::string> actions;
  bool open = false;
  const std::string name = Name("a");
  std::jthread watcher([&](std::stop_token stop) {
    const Status ended = reader().Events(
        [&] {
          std::scoped_lock lock(mutex);
          open = true;
          changed.notify_all();
        },
        [&](const EngineEvent& event) {
          if (event.type != "container" || event.attributes.at("name") != name) return;
          std::scoped_lock lock(mutex);
          actions.push_back(event.action + " " + event.attributes.at("contract"));
          changed.notify_all();
        },
        stop);
    EXPECT_EQ(ended.error().code(), ErrorCode::kCancelled);
  });
  const auto await = [&](const std::function<bool()>& ready) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::seconds(20), ready);
  };
  ASSERT_TRUE(await([&] { return open; }));
  const std::string id = Run(name, Body());
  ASSERT_TRUE(writer().RemoveContainer(id, {}));
  const auto seen = [&](const std::string& action) {
    return std::find(actions.begin(), actions.end(), action + " " + host_->prefix()) !=
           actions.end();
  };
  EXPECT_TRUE(await([&] { return seen("destroy"); }));
  std::scoped_lock lock(mutex);
  EXPECT_TRUE(seen("create"));
  EXPECT_TRUE(seen("start"));
  EXPECT_TRUE(seen("die"));
}

INSTANTIATE_TEST_SUITE_P(Engines, DockerContract, ::testing::Values(false, true),
                         [](const auto& param_info) { return param_info.param ? "Real" : "Fake"; });

}  // namespace
}  // namespace mooring::testing
