// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/log_follower.h"

#include <algorithm>

#include "controller/base/text.h"
#include "reconcilers/docker/plan/labels.h"

namespace mooring::cli {
namespace {

constexpr Duration kWindow = std::chrono::milliseconds(300);
constexpr Duration kPause = std::chrono::seconds(1);  ///< before an engine that went is asked again
constexpr Duration kFar = std::chrono::hours(1);      ///< a wait without an end, in parts
constexpr size_t kMostWaiting = 1000;                 ///< lines of one container held in memory
constexpr size_t kMostContainers = 64;                ///< each takes a thread

std::string LabelOf(const docker::ContainerView& container, const char* name) {
  const auto found = container.labels.find(name);
  return found == container.labels.end() ? "" : found->second;
}

/// "web_1", "report_job-20260301-0115"
std::string SlotOf(const docker::ContainerView& container) {
  const std::string job = LabelOf(container, docker::label::kJob);
  return LabelOf(container, docker::label::kService) + "_" +
         (job.empty() ? LabelOf(container, docker::label::kReplica) : job);
}

bool HasLabels(const docker::EngineEvent& event, const std::vector<std::string>& labels) {
  return std::all_of(labels.begin(), labels.end(), [&](const std::string& label) {
    const size_t equals = label.find('=');
    const auto found = event.attributes.find(label.substr(0, equals));
    return found != event.attributes.end() && found->second == label.substr(equals + 1);
  });
}

}  // namespace

std::string LineTime(Time time) {
  std::string text = FormatTime(time);
  text.pop_back();
  return fmt::format("{}.{:03}000000Z", text, time.time_since_epoch().count() % 1000);
}

LogFollower::LogFollower(Options options, Output output, Clock& clock)
    : options_(std::move(options)),
      output_(std::move(output)),
      clock_(clock),
      view_(options_.engine_socket),
      engine_(options_.engine_socket, {}),
      merge_(std::nullopt) {}

LogFollower::~LogFollower() { readers_.request_stop(); }

Status LogFollower::Run(std::stop_token stop) {
  const std::stop_callback cut(stop, [this] { readers_.request_stop(); });
  MOORING_RETURN_IF_ERROR(LookForContainers(true, stop));
  const bool only_new = options_.follow && options_.tail == 0;
  if (!only_new) {
    for (size_t i = 0; i < sources_.size(); ++i) StartReader(i, false);
    MOORING_RETURN_IF_ERROR(Pass(false, stop));
  } else {
    for (const auto& source : sources_) source->last = LineTime(clock_.Now());
  }
  if (options_.follow && !stop.stop_requested()) {
    merge_ = LogMerge(kWindow);
    failures_.clear();
    for (size_t i = 0; i < sources_.size(); ++i) StartReader(i, true);
    watcher_ = std::jthread([this] { Watch(readers_.get_token()); });
    MOORING_RETURN_IF_ERROR(Pass(true, stop));
    return {};
  }
  const std::scoped_lock lock(mutex_);
  if (!failures_.empty()) return std::unexpected(failures_.front());
  return {};
}

Status LogFollower::LookForContainers(bool at_start, std::stop_token stop) {
  MOORING_TRY(std::vector<docker::ContainerView> found,
              view_.Containers(options_.labels, false, std::move(stop)));
  if (found.empty() && at_start) return Fail(ErrorCode::kNotFound, "it has no containers here");
  if (at_start && found.size() > kMostContainers) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("{} containers are too many to read at once; name a service", found.size()));
  }
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  for (const docker::ContainerView& container : found) Add(container, at_start);
  return {};
}

void LogFollower::Add(const docker::ContainerView& container, bool at_start) {
  const auto known = std::find_if(sources_.begin(), sources_.end(),
                                  [&](const auto& source) { return source->id == container.id; });
  if (known != sources_.end()) {
    bool reading = true;
    {
      const std::scoped_lock lock(mutex_);
      reading = (*known)->reading;
    }
    // It was started again.
    if (!reading && container.state == "running")
      StartReader(static_cast<size_t>(known - sources_.begin()), true);
    return;
  }
  const std::string slot = SlotOf(container);
  if (!at_start) {
    if (const auto before = newest_of_slot_.find(slot); before != newest_of_slot_.end()) {
      output_.note(fmt::format("{} was replaced: {} -> {}", slot, before->second.substr(0, 12),
                               container.id.substr(0, 12)));
    }
  }
  output_.found(slot);
  newest_of_slot_[slot] = container.id;
  auto source = std::make_unique<Source>();
  source->id = container.id;
  source->slot = slot;
  {
    const std::scoped_lock lock(mutex_);
    sources_.push_back(std::move(source));
  }
  if (!at_start) StartReader(sources_.size() - 1, true);
}

void LogFollower::StartReader(size_t index, bool follow) {
  Source& source = *sources_[index];
  if (source.reader.joinable()) source.reader.join();
  docker::LogOptions options{.follow = follow, .since = options_.since, .tail = std::nullopt};
  if (!follow) options.tail = options_.tail;
  {
    const std::scoped_lock lock(mutex_);
    if (!source.last.empty()) options.since = source.last;
    source.reading = true;
    merge_.Begin(static_cast<int>(index));
  }
  source.reader =
      std::jthread([this, index, options] { Read(index, options, readers_.get_token()); });
}

void LogFollower::Read(size_t index, const docker::LogOptions& options, std::stop_token stop) {
  std::string id;
  std::string slot;
  std::string from;
  size_t again = 0;  // lines of the time `from` that were told before
  {
    const std::scoped_lock lock(mutex_);
    const Source& source = *sources_[index];
    id = source.id;
    slot = source.slot;
    from = source.last;
    again = source.at_last;
  }
  const Status ended = view_.Logs(
      id, options,
      [&](docker::LogLine line) {
        if (line.time < from) return;
        if (!from.empty() && line.time == from && again > 0) {
          --again;
          return;
        }
        Take(index, std::move(line), stop);
      },
      stop);
  const std::scoped_lock lock(mutex_);
  sources_[index]->reading = false;
  merge_.End(static_cast<int>(index));
  const bool gone =
      !ended && (ended.error().code() == ErrorCode::kNotFound || stop.stop_requested());
  // An engine that went is told of once, by the watcher.
  const bool engine_went =
      !ended && options.follow && ended.error().code() == ErrorCode::kUnavailable;
  if (!ended && !gone && !engine_went) {
    failures_.push_back(ended.error().WithContext("logs of " + slot));
    notes_.push_back(failures_.back().ToString());
  }
  Changed();
}

void LogFollower::Take(size_t index, docker::LogLine line, std::stop_token stop) {
  std::unique_lock lock(mutex_);
  const int source = static_cast<int>(index);
  const auto has_room = [&] { return merge_.Waiting(source) < kMostWaiting; };
  while (!has_room() && !stop.stop_requested())
    clock_.WaitUntil(lock, changed_, clock_.Steady() + kFar, stop, has_room);
  if (stop.stop_requested()) return;
  Source& of = *sources_[index];
  of.at_last = of.last == line.time ? of.at_last + 1 : 1;
  of.last = line.time;
  merge_.Put(source, std::move(line), clock_.Steady());
  Changed();
}

void LogFollower::Watch(std::stop_token stop) {
  const auto look = [this] {
    const std::scoped_lock lock(mutex_);
    look_again_ = true;
    Changed();
  };
  while (!stop.stop_requested()) {
    const Status ended = engine_.reader().Events(
        look,
        [&](const docker::EngineEvent& event) {
          if (event.type == "container" && HasLabels(event, options_.labels)) look();
        },
        stop);
    if (stop.stop_requested()) return;
    {
      const std::scoped_lock lock(mutex_);
      notes_.push_back(ended.error().ToString() + "; waiting for it");
      Changed();
    }
    if (!SleepFor(clock_, kPause, stop)) return;
  }
}

bool LogFollower::PrintReady(std::unique_lock<std::mutex>& lock) {
  bool printed = false;
  while (auto taken = merge_.Take(clock_.Steady())) {
    const std::string& slot = sources_[static_cast<size_t>(taken->source)]->slot;
    lock.unlock();
    if (!output_.line(slot, taken->line)) return false;
    printed = true;
    lock.lock();
  }
  if (!printed) return true;
  lock.unlock();
  output_.flush();
  changed_.notify_all();  // there is room again
  lock.lock();
  return true;
}

Status LogFollower::Pass(bool follow, std::stop_token stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    const uint64_t seen = generation_;
    if (!PrintReady(lock)) {
      readers_.request_stop();
      return Fail(ErrorCode::kCancelled, "nobody reads");
    }
    for (const std::string& note : std::exchange(notes_, {})) output_.note(note);
    if (std::exchange(look_again_, false)) {
      lock.unlock();
      // An engine that does not answer is the watcher's affair: it looks again once it does.
      const Status looked = LookForContainers(false, stop);
      if (!looked && looked.error().code() != ErrorCode::kUnavailable) return looked;
      lock.lock();
      continue;
    }
    if (!follow && merge_.IsDone()) return {};
    const SteadyTime deadline = merge_.NextAt().value_or(clock_.Steady() + kFar);
    clock_.WaitUntil(lock, changed_, deadline, stop, [&] { return generation_ != seen; });
  }
  return {};
}

}  // namespace mooring::cli
