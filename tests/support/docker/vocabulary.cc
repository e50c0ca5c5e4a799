// SPDX-License-Identifier: Apache-2.0
#include "tests/support/docker/vocabulary.h"

namespace mooring::testing {
namespace {

constexpr char kCases[] = R"json({
  "cap_add": {"cap_add": ["net_admin", "CAP_SYS_TIME"]},
  "security_opt": {"security_opt": ["no-new-privileges:true", "seccomp=unconfined"]},
  "security_opt systempaths": {"security_opt": ["systempaths=unconfined"]},
  "devices": {"devices": [{"source": "/dev/null", "target": "/dev/xnull", "permissions": "rw"},
                          {"source": "/dev/zero"}]},
  "device_cgroup_rules": {"device_cgroup_rules": ["c 1:3 mr", "c 1:5 r"]},
  "sysctls": {"sysctls": {"net.ipv4.ip_unprivileged_port_start": "80", "net.core.somaxconn": 1024}},
  "ulimits": {"ulimits": {"nproc": 4096, "nofile": {"soft": 512, "hard": 1024}}},
  "shm_size": {"shm_size": "96m"},
  "shm_size as a number": {"shm_size": 100663296},
  "tmpfs": {"tmpfs": ["/run:size=1m,mode=0700", "/scratch"]},
  "extra_hosts": {"extra_hosts": ["db.example.com=10.0.0.5", "six=fd00::5",
                                  "host.docker.internal=host-gateway"]},
  "dns": {"dns": ["10.0.0.2", "10.0.0.1"], "dns_search": ["example.com", "a.example.com"],
          "dns_opt": ["ndots:1", "timeout:3"]},
  "hostname": {"hostname": "box", "domainname": "example.com"},
  "mac_address": {"mac_address": "02:42:AC:11:65:43"},
  "logging": {"logging": {"driver": "json-file", "options": {"max-size": "10m", "max-file": 3}}},
  "logging none": {"logging": {"driver": "none"}},
  "logging by options": {"logging": {"options": {"max-size": "1m"}}},
  "stop": {"stop_signal": "SIGQUIT", "stop_grace_period": "1s"},
  "init": {"init": true, "user": "0:0", "working_dir": "/tmp/../etc/"},
  "group_add": {"group_add": ["1000", "0"]},
  "userns_mode": {"userns_mode": "host"},
  "ipc": {"ipc": "shareable"},
  "ipc host": {"ipc": "host"},
  "pid": {"pid": "host"},
  "uts": {"uts": "host"},
  "cgroup": {"cgroup": "private"},
  "cgroup_parent": {"cgroup_parent": "/mooring-test"},
  "runtime": {"runtime": "runc"},
  "isolation": {"isolation": "default"},
  "oom": {"oom_score_adj": 500},
  "pids_limit": {"pids_limit": 200},
  "pids_limit of deploy": {"deploy": {"resources": {"limits": {"pids": 100}}}},
  "cpus": {"cpus": "0.5", "cpu_shares": 512},
  "cpus as a number": {"cpus": 0.25},
  "cpu_quota": {"cpu_quota": 50000, "cpu_period": "200ms"},
  "cpu_period": {"cpu_period": 100000, "cpu_quota": "20000"},
  "cpuset": {"cpuset": "0"},
  "mem_limit": {"mem_limit": "64m"},
  "memory": {"mem_limit": "64m", "mem_reservation": "32m", "memswap_limit": "96m"},
  "memory of deploy": {"deploy": {"resources": {"limits": {"memory": "64M", "cpus": "0.5"},
                                                "reservations": {"memory": "32M"}}}},
  "memswap_limit": {"mem_limit": "64m", "memswap_limit": "-1"},
  "healthcheck": {"healthcheck": {"test": ["CMD", "true"], "interval": "1s", "timeout": "2s",
                                  "start_period": "1s", "retries": 2}},
  "labels": {"labels": {"com.example.a": "b", "com.example.empty": ""}},
  "platform": {"platform": "linux/amd64"},
  "tty": {"tty": true, "stdin_open": true},
  "privileged": {"read_only": true, "cap_drop": ["ALL"]},
  "expose": {"expose": ["9000", "53/udp", "3000-3002"]},
  "restart_policy": {"deploy": {"restart_policy": {"condition": "on-failure", "max_attempts": 3}}},
  "scale": {"scale": 1, "attach": false},
  "bind": {"volumes": [{"type": "bind", "source": "/etc", "target": "/a",
                        "bind": {"create_host_path": true}},
                       {"type": "bind", "source": "/usr", "target": "/b", "read_only": true,
                        "bind": {"create_host_path": true, "propagation": "private"}},
                       {"type": "bind", "source": "/opt", "target": "/c/",
                        "bind": {"propagation": "rprivate"}}]},
  "volume": {"volumes": [{"type": "volume", "source": "data", "target": "/data",
                          "volume": {"nocopy": true}}]},
  "unnamed volume": {"volumes": [{"type": "volume", "target": "/unnamed/"}]},
  "tmpfs mount": {"volumes": [{"type": "tmpfs", "target": "/t",
                               "tmpfs": {"size": "1m", "mode": "0700"}}]}
})json";

}  // namespace

std::vector<VocabularyCase> Vocabulary() {
  std::vector<VocabularyCase> cases;
  const auto all = nlohmann::ordered_json::parse(kCases);
  for (const auto& [what, service] : all.items())
    cases.push_back({what, Json::parse(service.dump())});
  return cases;
}

}  // namespace mooring::testing
