// SPDX-License-Identifier: Apache-2.0
#include "controller/expand/compose/vocabulary.h"

#include "controller/expand/compose/vocabulary_shapes.h"

namespace mooring::compose {
namespace {

using namespace shapes;

// --- ulimits, devices, files ---
constexpr Word kSoftAndHard[] = {"soft", "hard"};
constexpr Field kUlimitFields[] = {{"soft", &kCount}, {"hard", &kCount}};
constexpr Shape kUlimit{.as = As::kUlimit,
                        .accepts = kWhole | kMapping,
                        .fields = kUlimitFields,
                        .required = kSoftAndHard};
constexpr Shape kUlimits{
    .as = As::kMapOf, .accepts = kMapping, .each = &kUlimit, .keys = "[a-z]+", .open = true};

constexpr Shape kDeviceCount{.as = As::kDeviceCount, .accepts = kWhole};
constexpr Field kDeviceRequestFields[] = {{"capabilities", &kUniqueTexts},
                                          {"driver", &kTextOnly},
                                          {"count", &kDeviceCount},
                                          {"device_ids", &kUniqueTexts},
                                          {"options", &kListOrMap}};
constexpr Word kCapabilities[] = {"capabilities"};
constexpr Shape kDeviceRequest = Struct(kDeviceRequestFields, kCapabilities);
constexpr Shape kGpu = Struct(kDeviceRequestFields);
constexpr Shape kDeviceRequests = ListOf(kDeviceRequest);
constexpr Shape kGpus = ListOf(kGpu);

constexpr Field kFileFields[] = {{"source", &kTextOnly},
                                 {"target", &kTextOnly},
                                 {"uid", &kTextOnly},
                                 {"gid", &kTextOnly},
                                 {"mode", &kNumberAlways}};
constexpr Shape kFile = Struct(kFileFields, {}, kString | kMapping);
constexpr Shape kFiles = ListOf(kFile);

// --- build ---
constexpr Field kBuildFields[] = {{"context", &kTextOnly},
                                  {"dockerfile", &kTextOnly},
                                  {"dockerfile_inline", &kTextOnly},
                                  {"entitlements", &kPlainTexts},
                                  {"args", &kEnvironment},
                                  {"ssh", &kSsh},
                                  {"labels", &kListOrMap},
                                  {"cache_from", &kPlainTexts},
                                  {"cache_to", &kPlainTexts},
                                  {"no_cache", &kBool},
                                  {"additional_contexts", &kListOrMap},
                                  {"pull", &kBool},
                                  {"extra_hosts", &kHosts},
                                  {"isolation", &kTextOnly},
                                  {"network", &kTextOnly},
                                  {"target", &kTextOnly},
                                  {"secrets", &kFiles},
                                  {"shm_size", &kWholeSize},
                                  {"tags", &kPlainTexts},
                                  {"ulimits", &kUlimits},
                                  {"platforms", &kPlainTexts},
                                  {"privileged", &kBool}};
constexpr Shape kBuild = Struct(kBuildFields, {}, kString | kMapping);

// --- develop, hooks ---
constexpr Field kHookFields[] = {{"command", &kCommand},
                                 {"user", &kTextOnly},
                                 {"privileged", &kBool},
                                 {"working_dir", &kTextOnly},
                                 {"environment", &kEnvironment}};
constexpr Shape kHook = Struct(kHookFields);
constexpr Shape kHookInJson = Struct(kHookFields, {}, kMapping, true);
constexpr Shape kHooks = ListOf(kHook);
constexpr Word kActions[] = {"rebuild", "sync", "restart", "sync+restart", "sync+exec"};
constexpr Shape kAction{.always = true, .values = kActions};
constexpr Field kTriggerFields[] = {{"path", &kTextAlways},
                                    {"action", &kAction},
                                    {"target", &kTextOnly},
                                    {"exec", &kHookInJson},
                                    {"ignore", &kPlainTexts}};
constexpr Word kPathAndAction[] = {"path", "action"};
constexpr Shape kTrigger = Struct(kTriggerFields, kPathAndAction);
constexpr Shape kTriggers = ListOf(kTrigger);
constexpr Field kDevelopFields[] = {{"watch", &kTriggers}};
constexpr Shape kDevelop = Struct(kDevelopFields, {}, kMapping | kNull);

// --- blkio_config ---
constexpr Field kWeightFields[] = {{"path", &kTextAlways, "Path"},
                                   {"weight", &kCountAlways, "Weight"}};
constexpr Field kRateFields[] = {{"path", &kTextAlways, "Path"}, {"rate", &kWholeSize, "Rate"}};
constexpr Shape kWeight = Struct(kWeightFields);
constexpr Shape kRate = Struct(kRateFields);
constexpr Shape kWeights = ListOf(kWeight);
constexpr Shape kRates = ListOf(kRate);
constexpr Field kBlockIoFields[] = {{"weight", &kCount},           {"weight_device", &kWeights},
                                    {"device_read_bps", &kRates},  {"device_read_iops", &kRates},
                                    {"device_write_bps", &kRates}, {"device_write_iops", &kRates}};
constexpr Shape kBlockIo = Struct(kBlockIoFields);

// --- deploy ---
constexpr Word kOrders[] = {"start-first", "stop-first"};
constexpr Shape kOrder{.values = kOrders};
constexpr Field kUpdateFields[] = {{"parallelism", &kCountAlways}, {"delay", &kDuration},
                                   {"failure_action", &kTextOnly}, {"monitor", &kDuration},
                                   {"max_failure_ratio", &kFloat}, {"order", &kOrder}};
constexpr Shape kUpdate = Struct(kUpdateFields);
constexpr Field kSpecificFields[] = {{"kind", &kTextAlways}, {"value", &kNumberAlways}};
constexpr Shape kSpecific = Struct(kSpecificFields);
constexpr Field kGenericFields[] = {{"discrete_resource_spec", &kSpecific}};
constexpr Shape kGeneric = Struct(kGenericFields);
constexpr Shape kGenerics = ListOf(kGeneric);
constexpr Field kLimitFields[] = {{"cpus", &kFloat}, {"memory", &kTextSize}, {"pids", &kCount}};
constexpr Field kReservationFields[] = {{"cpus", &kFloat},
                                        {"memory", &kTextSize},
                                        {"devices", &kDeviceRequests},
                                        {"generic_resources", &kGenerics}};
constexpr Shape kLimits = Struct(kLimitFields);
constexpr Shape kReservations = Struct(kReservationFields);
constexpr Field kResourcesFields[] = {{"limits", &kLimits}, {"reservations", &kReservations}};
constexpr Shape kResources = Struct(kResourcesFields, {}, kMapping, true);
constexpr Field kRestartPolicyFields[] = {{"condition", &kTextOnly},
                                          {"delay", &kDurationAlways},
                                          {"max_attempts", &kCountAlways},
                                          {"window", &kDurationAlways}};
constexpr Shape kRestartPolicy = Struct(kRestartPolicyFields);
constexpr Field kPreferenceFields[] = {{"spread", &kTextOnly}};
constexpr Shape kPreference = Struct(kPreferenceFields);
constexpr Shape kPreferences = ListOf(kPreference);
constexpr Field kPlacementFields[] = {{"constraints", &kPlainTexts},
                                      {"preferences", &kPreferences},
                                      {"max_replicas_per_node", &kCount}};
constexpr Shape kPlacement = Struct(kPlacementFields, {}, kMapping, true);
constexpr Field kDeployFields[] = {{"mode", &kTextOnly},
                                   {"replicas", &kCountAlways},
                                   {"labels", &kListOrMap},
                                   {"update_config", &kUpdate},
                                   {"rollback_config", &kUpdate},
                                   {"resources", &kResources},
                                   {"restart_policy", &kRestartPolicy},
                                   {"placement", &kPlacement},
                                   {"endpoint_mode", &kTextOnly}};
constexpr Shape kDeploy = Struct(kDeployFields, {}, kMapping | kNull);

// --- services ---
constexpr Field kCredentialFields[] = {
    {"config", &kTextOnly}, {"file", &kTextOnly}, {"registry", &kTextOnly}};
constexpr Shape kCredential = Struct(kCredentialFields);
constexpr Word kConditions[] = {"service_started", "service_healthy",
                                "service_completed_successfully"};
constexpr Shape kCondition{.values = kConditions};
constexpr Field kDependencyFields[] = {
    {"condition", &kCondition}, {"restart", &kBool}, {"required", &kStrictBool}};
constexpr Word kNeedsCondition[] = {"condition"};
constexpr Shape kDependency = Struct(kDependencyFields, kNeedsCondition);
constexpr Shape kDependsOn{
    .as = As::kMapOf, .accepts = kMapping | kList, .unique = true, .each = &kDependency};
constexpr Field kDeviceFields[] = {
    {"source", &kTextOnly}, {"target", &kTextOnly}, {"permissions", &kTextOnly}};
constexpr Word kNeedsSource[] = {"source"};
constexpr Shape kDevice = Struct(kDeviceFields, kNeedsSource, kString | kMapping);
constexpr Shape kDevices = ListOf(kDevice);
constexpr Field kEnvFileFields[] = {
    {"path", &kTextOnly}, {"required", &kBoolAlways}, {"format", &kTextOnly}};
constexpr Word kNeedsPath[] = {"path"};
constexpr Shape kEnvFile = Struct(kEnvFileFields, kNeedsPath, kString | kMapping);
constexpr Shape kEnvFiles{.as = As::kNothing, .accepts = kString | kList, .each = &kEnvFile};
constexpr Field kExtendsFields[] = {{"file", &kTextOnly}, {"service", &kTextOnly}};
constexpr Word kNeedsService[] = {"service"};
constexpr Shape kExtends = Struct(kExtendsFields, kNeedsService, kString | kMapping);
constexpr Field kHealthcheckFields[] = {{"test", &kHealthTest},
                                        {"timeout", &kDurationAlways},
                                        {"interval", &kDurationAlways},
                                        {"retries", &kNumberAlways},
                                        {"start_period", &kDurationAlways},
                                        {"start_interval", &kDurationAlways},
                                        {"disable", &kBool}};
constexpr Shape kHealthcheck = Struct(kHealthcheckFields);
constexpr Field kLoggingFields[] = {{"driver", &kTextOnly}, {"options", &kLoggingOptions}};
constexpr Shape kLogging = Struct(kLoggingFields);
constexpr Field kServiceNetworkFields[] = {
    {"priority", &kStrictNumber},      {"aliases", &kUniqueTexts},
    {"ipv4_address", &kTextOnly},      {"ipv6_address", &kTextOnly},
    {"link_local_ips", &kUniqueTexts}, {"mac_address", &kTextOnly},
    {"driver_opts", &kDriverOptions}};
constexpr Shape kServiceNetwork = Struct(kServiceNetworkFields, {}, kMapping | kNull);
constexpr Shape kServiceNetworks{
    .as = As::kMapOf, .accepts = kMapping | kList, .unique = true, .each = &kServiceNetwork};
constexpr Field kPortFields[] = {{"name", &kTextOnly},          {"mode", &kTextOnly},
                                 {"host_ip", &kTextOnly},       {"target", &kCount},
                                 {"published", &kTextOrNumber}, {"protocol", &kTextOnly},
                                 {"app_protocol", &kTextOnly}};
constexpr Shape kPort = Struct(kPortFields, {}, kNumeric | kMapping);
constexpr Shape kPorts = ListOf(kPort, true);
constexpr Word kPullPolicies[] = {"always", "never", "if_not_present", "build", "missing"};
constexpr Shape kPullPolicy{.values = kPullPolicies};
constexpr Word kCgroups[] = {"host", "private"};
constexpr Shape kCgroup{.values = kCgroups};
constexpr Word kSelinuxes[] = {"z", "Z"};
constexpr Shape kSelinux{.values = kSelinuxes};
constexpr Word kRecursives[] = {"enabled", "disabled", "writable", "readonly"};
constexpr Shape kRecursive{.values = kRecursives};
constexpr Field kBindFields[] = {{"selinux", &kSelinux},
                                 {"propagation", &kTextOnly},
                                 {"create_host_path", &kBool},
                                 {"recursive", &kRecursive}};
constexpr Shape kBind = Struct(kBindFields);
constexpr Field kVolumeOptionFields[] = {{"nocopy", &kBool}, {"subpath", &kTextOnly}};
constexpr Shape kVolumeOptions = Struct(kVolumeOptionFields);
constexpr Field kTmpfsFields[] = {{"size", &kTmpfsSize}, {"mode", &kNumber}};
constexpr Shape kTmpfs = Struct(kTmpfsFields);
constexpr Field kMountFields[] = {{"type", &kTextOnly},        {"source", &kTextOnly},
                                  {"target", &kTextOnly},      {"read_only", &kBool},
                                  {"consistency", &kTextOnly}, {"bind", &kBind},
                                  {"volume", &kVolumeOptions}, {"tmpfs", &kTmpfs}};
constexpr Word kNeedsType[] = {"type"};
constexpr Shape kMount = Struct(kMountFields, kNeedsType, kString | kMapping);
constexpr Shape kMounts = ListOf(kMount, true);

constexpr Field kServiceFields[] = {
    {"profiles", &kUniqueTexts},
    {"annotations", &kListOrMap},
    {"attach", &kBoolAlways},
    {"build", &kBuild},
    {"develop", &kDevelop},
    {"blkio_config", &kBlockIo},
    {"cap_add", &kUniqueTexts},
    {"cap_drop", &kUniqueTexts},
    {"cgroup_parent", &kTextOnly},
    {"cgroup", &kCgroup},
    {"cpu_count", &kNotNegative},
    {"cpu_percent", &kPercent},
    {"cpu_period", &kNumber},
    {"cpu_quota", &kNumber},
    {"cpu_rt_period", &kNumber},
    {"cpu_rt_runtime", &kNumber},
    {"cpus", &kFloat},
    {"cpuset", &kTextOnly},
    {"cpu_shares", &kNumber},
    {"command", &kCommand},
    {"configs", &kFiles},
    {"container_name", &kTextOnly},
    {"credential_spec", &kCredential},
    {"depends_on", &kDependsOn},
    {"deploy", &kDeploy},
    {"device_cgroup_rules", &kUniqueTexts},
    {"devices", &kDevices},
    {"dns", &kOneOrMoreTexts},
    {"dns_opt", &kUniqueTexts},
    {"dns_search", &kOneOrMoreTexts},
    {"domainname", &kTextOnly},
    {"entrypoint", &kCommand},
    {"environment", &kEnvironment},
    {"env_file", &kEnvFiles},
    {"expose", &kUniqueTextsOrNumbers},
    {"extends", &kExtends},
    {"external_links", &kUniqueTexts},
    {"extra_hosts", &kHosts},
    {"group_add", &kUniqueTextsOrNumbers},
    {"gpus", &kGpus},
    {"hostname", &kTextOnly},
    {"healthcheck", &kHealthcheck},
    {"image", &kTextOnly},
    {"init", &kBoolAlways},
    {"ipc", &kTextOnly},
    {"isolation", &kTextOnly},
    {"labels", &kListOrMap},
    {"label_file", &kLabelFiles},
    {"links", &kUniqueTexts},
    {"logging", &kLogging},
    {"mem_limit", &kSize},
    {"mem_reservation", &kWholeSize},
    {"memswap_limit", &kSize},
    {"mem_swappiness", &kWholeSize},
    {"mac_address", &kTextOnly},
    {"network_mode", &kTextOnly},
    {"networks", &kServiceNetworks},
    {"oom_kill_disable", &kBool},
    {"oom_score_adj", &kOomScore},
    {"pid", &kTextOrNull},
    {"pids_limit", &kNumber},
    {"platform", &kTextOnly},
    {"ports", &kPorts},
    {"privileged", &kBool},
    {"pull_policy", &kPullPolicy},
    {"read_only", &kBool},
    {"restart", &kTextOnly},
    {"runtime", &kTextOnly},
    {"scale", &kCountAlways},
    {"secrets", &kFiles},
    {"security_opt", &kUniqueTexts},
    {"shm_size", &kSize},
    {"stdin_open", &kBool},
    {"stop_grace_period", &kDurationAlways},
    {"stop_signal", &kTextOnly},
    {"storage_opt", &kFreeMap},
    {"sysctls", &kListOrMap},
    {"tmpfs", &kOneOrMoreTexts},
    {"tty", &kBool},
    {"ulimits", &kUlimits},
    {"user", &kTextOnly},
    {"userns_mode", &kTextOnly},
    {"uts", &kTextOnly},
    {"volumes", &kMounts},
    {"volumes_from", &kUniqueTexts},
    {"working_dir", &kTextOnly},
    {"post_start", &kHooks},
    {"pre_stop", &kHooks},
};
constexpr Shape kService = Struct(kServiceFields);

// --- what stands beside services ---
constexpr Field kExternalFields[] = {{"name", &kTextOnly}};
constexpr Shape kExternal{.as = As::kBool, .accepts = kFlag | kMapping, .fields = kExternalFields};
constexpr Shape kOpenExternal{
    .as = As::kBool, .accepts = kFlag | kMapping, .fields = kExternalFields, .open = true};
constexpr Field kPoolFields[] = {{"subnet", &kTextOnly},
                                 {"gateway", &kTextOnly},
                                 {"ip_range", &kTextOnly},
                                 {"aux_addresses", &kTextToText}};
constexpr Shape kPool = Struct(kPoolFields);
constexpr Shape kPools = ListOf(kPool);
constexpr Field kIpamFields[] = {
    {"driver", &kTextOnly}, {"config", &kPools}, {"options", &kIpamOptions}};
constexpr Shape kIpam = Struct(kIpamFields, {}, kMapping, true);
constexpr Field kNetworkFields[] = {
    {"name", &kTextOnly},   {"driver", &kTextOnly},   {"driver_opts", &kDriverOptions},
    {"ipam", &kIpam},       {"external", &kExternal}, {"internal", &kBool},
    {"attachable", &kBool}, {"labels", &kListOrMap},  {"enable_ipv6", &kBoolAlways}};
constexpr Field kVolumeFields[] = {{"name", &kTextOnly},
                                   {"driver", &kTextOnly},
                                   {"driver_opts", &kDriverOptions},
                                   {"external", &kExternal},
                                   {"labels", &kListOrMap}};
constexpr Field kSecretFields[] = {{"name", &kTextOnly},
                                   {"file", &kTextOnly},
                                   {"environment", &kTextOnly},
                                   {"external", &kOpenExternal},
                                   {"labels", &kListOrMap},
                                   {"driver", &kTextOnly},
                                   {"driver_opts", &kDriverOptions},
                                   {"template_driver", &kTextOnly}};
constexpr Field kConfigFields[] = {{"name", &kTextOnly},           {"file", &kTextOnly},
                                   {"environment", &kTextOnly},    {"content", &kTextOnly},
                                   {"external", &kOpenExternal},   {"labels", &kListOrMap},
                                   {"template_driver", &kTextOnly}};
constexpr Shape kNetwork = Struct(kNetworkFields, {}, kMapping | kNull);
constexpr Shape kVolume = Struct(kVolumeFields, {}, kMapping | kNull);
constexpr Shape kSecret = Struct(kSecretFields);
constexpr Shape kConfig = Struct(kConfigFields);
constexpr Shape kServices{.as = As::kMapOf, .accepts = kMapping, .always = true, .each = &kService};
constexpr Shape kNetworks{.as = As::kMapOf, .accepts = kMapping, .each = &kNetwork, .open = true};
constexpr Shape kVolumes = MapOf(kVolume);
constexpr Shape kSecrets = MapOf(kSecret);
constexpr Shape kConfigs = MapOf(kConfig);

constexpr Field kIncludeFields[] = {
    {"path", &kOneOrMoreTexts}, {"project_directory", &kTextOnly}, {"env_file", &kOneOrMoreTexts}};
constexpr Shape kInclude = Struct(kIncludeFields, {}, kString | kMapping);
constexpr Shape kIncludes{.as = As::kNothing, .accepts = kList, .each = &kInclude};
constexpr Shape kVersion{.as = As::kNothing};

constexpr Field kModelFields[] = {{"version", &kVersion},   {"name", &kTextOnly},
                                  {"include", &kIncludes},  {"services", &kServices},
                                  {"networks", &kNetworks}, {"volumes", &kVolumes},
                                  {"secrets", &kSecrets},   {"configs", &kConfigs}};
constexpr Shape kModel = Struct(kModelFields);

}  // namespace

const Shape& ModelShape() { return kModel; }
const Shape& ServiceShape() { return kService; }

const Field* FindField(const Shape& shape, std::string_view name) {
  for (const Field& field : shape.fields) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

}  // namespace mooring::compose
