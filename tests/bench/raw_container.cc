// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/raw_container.h"

namespace mooring::bench {
namespace {

constexpr char kName[] = "mooring_bench_raw";
constexpr char kAddress[] = "10.215.255.2";
constexpr char kSubnet[] = "10.215.255.0/28";

}  // namespace

RawContainer::RawContainer(RawEngine& engine, const std::string& like) : engine_(engine) {
  const Json model = engine_.Call("GET", "/containers/" + like + "/json");
  engine_.Call("POST", "/networks/create",
               {{"Name", kName},
                {"Driver", "bridge"},
                {"IPAM", {{"Config", Json::array({{{"Subnet", kSubnet}}})}}}});
  body_ = {{"Image", model["Config"]["Image"]},
           {"Cmd", model["Config"]["Cmd"]},
           {"Env", model["Config"]["Env"]},
           {"StopSignal", model["Config"].value("StopSignal", "SIGTERM")},
           {"HostConfig",
            {{"NetworkMode", kName}, {"RestartPolicy", model["HostConfig"]["RestartPolicy"]}}},
           {"NetworkingConfig",
            {{"EndpointsConfig", {{kName, {{"IPAMConfig", {{"IPv4Address", kAddress}}}}}}}}}};
  Create();
  Start();
}

RawContainer::~RawContainer() {
  engine_.Call("DELETE", "/containers/" + id_ + "?force=1");
  engine_.Call("DELETE", std::string("/networks/") + kName);
}

void RawContainer::Create() {
  id_ = engine_.Call("POST", std::string("/containers/create?name=") + kName, body_)
            .at("Id")
            .get<std::string>();
}

void RawContainer::Kill() { engine_.Call("POST", "/containers/" + id_ + "/kill"); }

void RawContainer::Start() { engine_.Call("POST", "/containers/" + id_ + "/start"); }

void RawContainer::Replace() {
  engine_.Call("POST", "/containers/" + id_ + "/stop?t=10");
  engine_.Call("DELETE", "/containers/" + id_);
  Create();
  Start();
}

}  // namespace mooring::bench
