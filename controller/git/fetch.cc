// SPDX-License-Identifier: Apache-2.0
#include "controller/git/fetch.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "controller/base/certificate.h"
#include "controller/base/text.h"
#include "controller/git/fetch_error.h"
#include "controller/git/handles.h"
#include "controller/git/known_hosts.h"
#include "controller/git/library.h"
#include "controller/git/mirror.h"
#include "controller/git/private_file.h"

namespace mooring::git {
namespace {

namespace fs = std::filesystem;

using RemotePtr = std::unique_ptr<git_remote, Deleter<git_remote_free>>;
using Heads = std::map<std::string, git_oid>;

constexpr char kDefaultSshUser[] = "git";
constexpr char kDefaultHttpUser[] = "git";
constexpr char kPeeled[] = "^{}";
constexpr auto kProgressEvery = std::chrono::milliseconds(200);
constexpr size_t kMaxNamesShown = 10;

/// One connection to the server: credentials, checks of who it is, limits, and how it went.
class Connection {
 public:
  Connection(const FetchRequest& request, RemoteUrl url, const FetchProgress& progress)
      : request_(request), url_(std::move(url)), progress_(progress) {
    failure_.url = url_;
  }

  /// Reads the credentials and refuses what would give them away.
  Status Prepare();
  /// With `repository` null nothing can be fetched.
  Status Open(git_repository* repository);
  /// What the server has, by full name; a tag's "^{}" is what it stands for.
  Result<Heads> List();
  Status Download(const std::string& refspec);
  uint64_t received() const { return received_; }

 private:
  git_remote_callbacks Callbacks();
  git_proxy_options Proxy() const;
  std::unexpected<Error> Fail(int code);
  int GiveCredential(git_credential** out, const char* user, unsigned allowed);
  int CheckServer(git_cert* certificate, bool valid);
  int Receive(const git_indexer_progress& progress);
  void Tell(const std::string& text);

  const FetchRequest& request_;
  const RemoteUrl url_;
  const FetchProgress& progress_;
  SecretString token_;
  std::string user_;
  RemotePtr remote_;
  Failure failure_;
  std::optional<Error> refused_;  ///< why we broke off
  uint64_t received_ = 0;
  std::chrono::steady_clock::time_point told_;
};

Status Connection::Prepare() {
  const auto refuse = [](std::string text) {
    return mooring::Fail(ErrorCode::kFailedPrecondition, std::move(text));
  };
  if (url_.IsSsh()) {
    user_ = !url_.user.empty()           ? url_.user
            : !request_.username.empty() ? request_.username
                                         : kDefaultSshUser;
    if (request_.private_key_file.empty())
      return refuse("ssh needs a key: name it under auth.privateKeyFile");
    if (request_.known_hosts_file.empty())
      return refuse(
          "ssh needs to know the server: name a file of known hosts under auth.knownHostsFile; "
          "make it with: ssh-keyscan " +
          url_.host);
    MOORING_TRY(const SecretString key,
                ReadPrivateFile(request_.private_key_file, "the private key"));
    const KeyFacts facts = InspectKey(key.Reveal());  // to say what is wrong with it
    MOORING_RETURN_IF_ERROR(CheckKey(request_.private_key_file, facts));
    failure_.rsa_key = facts.rsa;
    failure_.credential = "the private key " + request_.private_key_file;
    return {};
  }
  if (url_.transport == RemoteUrl::Transport::kHttp && !url_.IsLoopback()) {
    return refuse(
        request_.token_file.empty()
            ? "http:// lets anybody on the way decide what runs on this host; use https://"
            : "http:// would send the token in clear; use https://");
  }
  user_ = !request_.username.empty() ? request_.username
          : !url_.user.empty()       ? url_.user
                                     : kDefaultHttpUser;
  if (request_.token_file.empty()) return {};
  MOORING_TRY(token_, ReadPrivateFile(request_.token_file, "the token"));
  std::string text = token_.Reveal();  // to take the line's end off
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  token_ = SecretString(std::move(text));
  if (token_.empty()) return refuse("the token file " + request_.token_file + " is empty");
  failure_.credential = fmt::format("the token in {}", request_.token_file);
  return {};
}

void Connection::Tell(const std::string& text) {
  told_ = std::chrono::steady_clock::now();
  progress_(text);
}

int Connection::GiveCredential(git_credential** out, const char* user, unsigned allowed) {
  if (failure_.credential_shown) return GIT_EAUTH;  // it was refused
  if (url_.IsSsh()) {
    if ((allowed & GIT_CREDENTIAL_USERNAME) != 0)
      return git_credential_username_new(out, user_.c_str());
    if ((allowed & GIT_CREDENTIAL_SSH_KEY) == 0) return GIT_EAUTH;
    failure_.credential_shown = true;
    return git_credential_ssh_key_new(out, user != nullptr ? user : user_.c_str(), nullptr,
                                      request_.private_key_file.c_str(), nullptr);
  }
  if (token_.empty() || (allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT) == 0) return GIT_EAUTH;
  failure_.credential_shown = true;
  // The library needs it to sign in.
  return git_credential_userpass_plaintext_new(out, user_.c_str(), token_.Reveal().c_str());
}

int Connection::CheckServer(git_cert* certificate, bool valid) {
  if (certificate->cert_type == GIT_CERT_HOSTKEY_LIBSSH2) {
    const auto* shown = reinterpret_cast<const git_cert_hostkey*>(certificate);
    if ((shown->type & GIT_CERT_SSH_RAW) == 0) return GIT_ECERTIFICATE;
    const ShownHostKey key{std::string(shown->hostkey, shown->hostkey_len)};
    const Status known = CheckHostKey(request_.known_hosts_file, url_, key);
    if (known) return 0;
    refused_ = known.error();
    return GIT_ECERTIFICATE;
  }
  if (valid) return 0;
  if (certificate->cert_type == GIT_CERT_X509) {
    const auto* shown = reinterpret_cast<const git_cert_x509*>(certificate);
    refused_ = Error(ErrorCode::kUnauthenticated,
                     CertificateProblem({static_cast<const char*>(shown->data), shown->len},
                                        url_.host, SystemClock().Now()));
  }
  return GIT_ECERTIFICATE;
}

int Connection::Receive(const git_indexer_progress& progress) {
  const bool first = received_ == 0;
  received_ = progress.received_bytes;
  if (received_ > request_.max_bytes) {
    refused_ =
        Error(ErrorCode::kFailedPrecondition,
              fmt::format("it brings more than {}, which is the limit; take large files out of the "
                          "history of the repository, or follow another one",
                          FormatByteCount(static_cast<long long>(request_.max_bytes))));
    return GIT_EUSER;
  }
  if (!first && std::chrono::steady_clock::now() - told_ < kProgressEvery) return 0;
  Tell(
      progress.indexed_objects == progress.total_objects && progress.total_objects > 0
          ? fmt::format("resolving {} of {} deltas", progress.indexed_deltas, progress.total_deltas)
          : fmt::format("receiving, {} so far",
                        FormatByteCount(static_cast<long long>(received_))));
  return 0;
}

git_remote_callbacks Connection::Callbacks() {
  git_remote_callbacks callbacks = GIT_REMOTE_CALLBACKS_INIT;
  callbacks.payload = this;
  callbacks.credentials = [](git_credential** out, const char*, const char* user, unsigned allowed,
                             void* self) {
    return static_cast<Connection*>(self)->GiveCredential(out, user, allowed);
  };
  callbacks.certificate_check = [](git_cert* certificate, int valid, const char*, void* self) {
    return static_cast<Connection*>(self)->CheckServer(certificate, valid != 0);
  };
  callbacks.transfer_progress = [](const git_indexer_progress* progress, void* self) {
    return static_cast<Connection*>(self)->Receive(*progress);
  };
  callbacks.sideband_progress = [](const char*, int, void* self) {
    static_cast<Connection*>(self)->Tell("the server prepares what it will send");
    return 0;
  };
  return callbacks;
}

git_proxy_options Connection::Proxy() const {
  git_proxy_options proxy = GIT_PROXY_OPTIONS_INIT;
  proxy.type = url_.IsLoopback() ? GIT_PROXY_NONE : GIT_PROXY_AUTO;
  return proxy;
}

std::unexpected<Error> Connection::Fail(int code) {
  if (refused_) return std::unexpected(*refused_);
  failure_.code = code;
  if (const git_error* last = git_error_last()) {
    failure_.kind = last->klass;
    failure_.message = last->message;
  }
  git_error_clear();
  return std::unexpected(Translate(failure_));
}

Status Connection::Open(git_repository* repository) {
  git_error_clear();
  failure_.credential_shown = false;
  git_remote_create_options how = GIT_REMOTE_CREATE_OPTIONS_INIT;
  how.repository = repository;
  how.flags = GIT_REMOTE_CREATE_SKIP_INSTEADOF | GIT_REMOTE_CREATE_SKIP_DEFAULT_FETCHSPEC;
  remote_.reset();
  int code = git_remote_create_with_opts(OutPtr(remote_), url_.ForLibrary(user_).c_str(), &how);
  if (code != 0) return Fail(code);
  git_remote_connect_options options = GIT_REMOTE_CONNECT_OPTIONS_INIT;
  options.callbacks = Callbacks();
  options.proxy_opts = Proxy();
  // A redirection would take the token along.
  options.follow_redirects =
      token_.empty() ? GIT_REMOTE_REDIRECT_INITIAL : GIT_REMOTE_REDIRECT_NONE;
  Tell("connecting to " + url_.Display());
  code = git_remote_connect_ext(remote_.get(), GIT_DIRECTION_FETCH, &options);
  if (code != 0) return Fail(code);
  Tell("connected");
  return {};
}

Result<Heads> Connection::List() {
  const git_remote_head** list = nullptr;
  size_t count = 0;
  const int code = git_remote_ls(&list, &count, remote_.get());
  if (code != 0) return Fail(code);
  Heads heads;
  for (size_t i = 0; i < count; ++i) heads.emplace(list[i]->name, list[i]->oid);
  return heads;
}

Status Connection::Download(const std::string& refspec) {
  std::string text = refspec;
  char* pointer = text.data();
  const git_strarray refspecs = {&pointer, 1};
  git_fetch_options options = GIT_FETCH_OPTIONS_INIT;
  options.callbacks = Callbacks();
  options.proxy_opts = Proxy();
  options.update_fetchhead = 0;
  options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE;
  options.prune = refspec.find('*') == std::string::npos ? GIT_FETCH_NO_PRUNE : GIT_FETCH_PRUNE;
  options.follow_redirects =
      token_.empty() ? GIT_REMOTE_REDIRECT_INITIAL : GIT_REMOTE_REDIRECT_NONE;
  Tell("asking for what is new");
  const int code = git_remote_fetch(remote_.get(), &refspecs, &options, "fetch");
  if (code != 0) return Fail(code);
  return {};
}

/// "; did you mean "main"? It has: dev, main".
std::string Offer(const Heads& heads, std::string_view prefix, const std::string& wanted) {
  std::vector<std::string> names;
  for (const auto& [name, id] : heads) {
    if (name.starts_with(prefix) && !name.ends_with(kPeeled))
      names.push_back(name.substr(prefix.size()));
  }
  if (names.empty()) return heads.empty() ? "; it is empty: push a commit" : "; it has none";
  const std::string near = Nearest(wanted, names);
  const size_t more = names.size() - std::min(names.size(), kMaxNamesShown);
  names.resize(names.size() - more);
  return (near.empty() ? "" : fmt::format("; did you mean {}?", near)) +
         fmt::format("{} it has: {}{}", near.empty() ? ";" : "", Join(names, ", "),
                     more != 0 ? fmt::format(" and {} more", more) : "");
}

/// The commit that the branch or tag stands for on the server, and its full name.
struct Followed {
  std::string name;
  git_oid object;  ///< of a tag with a message: the tag
  std::string commit;
};

Result<Followed> FindFollowed(const FetchRequest& request, const Heads& heads) {
  const bool is_tag = !request.tag.empty();
  const std::string prefix = is_tag ? "refs/tags/" : "refs/heads/";
  const std::string& wanted = is_tag ? request.tag : request.branch;
  const auto found = heads.find(prefix + wanted);
  if (found == heads.end()) {
    return Fail(ErrorCode::kNotFound, fmt::format("no {} {}{}", is_tag ? "tag" : "branch", wanted,
                                                  Offer(heads, prefix, wanted)));
  }
  const auto peeled = heads.find(prefix + wanted + kPeeled);
  return Followed{found->first, found->second,
                  IdText(peeled == heads.end() ? found->second : peeled->second)};
}

/// The commit that each tag of the server stands for.
std::map<std::string, std::string> TagsOf(const Heads& heads) {
  constexpr std::string_view kPrefix = "refs/tags/";
  std::map<std::string, std::string> tags;
  for (const auto& [name, id] : heads) {
    if (!name.starts_with(kPrefix) || name.ends_with(kPeeled)) continue;
    const auto peeled = heads.find(name + kPeeled);
    tags.emplace(name.substr(kPrefix.size()), IdText(peeled == heads.end() ? id : peeled->second));
  }
  return tags;
}

Status OpenRepository(const std::string& path, RepositoryPtr& repository) {
  const int code =
      git_repository_open_ext(OutPtr(repository), path.c_str(),
                              GIT_REPOSITORY_OPEN_NO_SEARCH | GIT_REPOSITORY_OPEN_BARE, nullptr);
  if (code != 0) return std::unexpected(GitError(code, "open the mirror " + path));
  return {};
}

/// Whether the mirror followed this very object when it was last fetched.
bool IsThere(git_repository* repository, const git_oid& object) {
  git_oid at = {};
  const bool is = git_reference_name_to_id(&at, repository, kFollowedRef) == 0 &&
                  git_oid_equal(&at, &object) != 0;
  git_error_clear();
  return is;
}

/// One attempt to bring the repository at `path` up to date.
class Attempt {
 public:
  Attempt(const FetchRequest& request, Connection& connection, std::string path)
      : request_(request), connection_(connection), path_(std::move(path)) {}

  Result<std::string> Run() {
    MOORING_RETURN_IF_ERROR(OpenRepository(path_, repository_));
    return request_.commit.empty() ? FollowRef() : FindCommit();
  }
  /// The server did its part; what failed is on this machine.
  bool mirror_at_fault() const { return mirror_at_fault_; }

 private:
  Result<std::string> FollowRef() {
    MOORING_RETURN_IF_ERROR(connection_.Open(repository_.get()));
    MOORING_TRY(const Heads heads, connection_.List());
    MOORING_TRY(const Followed followed, FindFollowed(request_, heads));
    if (!IsThere(repository_.get(), followed.object))
      MOORING_RETURN_IF_ERROR(connection_.Download("+" + followed.name + ":" + kFollowedRef));
    MOORING_TRY(std::string commit, Checked(followed.commit));
    KeepTags(path_, TagsOf(heads));
    return commit;
  }

  Result<std::string> FindCommit() {
    if (Has(request_.commit) && CheckWhole(path_, request_.commit)) return request_.commit;
    // Servers give a commit that is no tip only if they are set up to; most forges are.
    MOORING_RETURN_IF_ERROR(connection_.Open(repository_.get()));
    if (connection_.Download(request_.commit) && Has(request_.commit))
      return Checked(request_.commit);
    for (const char* all :
         {"+refs/heads/*:refs/mooring/heads/*", "+refs/tags/*:refs/mooring/tags/*"}) {
      MOORING_RETURN_IF_ERROR(connection_.Open(repository_.get()));
      MOORING_RETURN_IF_ERROR(connection_.Download(all));
    }
    if (!Has(request_.commit)) {
      return Fail(ErrorCode::kNotFound,
                  fmt::format("no commit {} on any of its branches and tags", request_.commit));
    }
    return Checked(request_.commit);
  }

  bool Has(const std::string& commit) const {
    const auto id = ParseId(commit);
    OdbPtr odb;
    if (!id || git_repository_odb(OutPtr(odb), repository_.get()) != 0) return false;
    return git_odb_exists(odb.get(), &*id) == 1;
  }

  Result<std::string> Checked(const std::string& commit) {
    const Status whole = CheckWhole(path_, commit);
    if (whole) return commit;
    mirror_at_fault_ = true;
    return std::unexpected(whole.error());
  }

  const FetchRequest& request_;
  Connection& connection_;
  const std::string path_;
  RepositoryPtr repository_;
  bool mirror_at_fault_ = false;
};

/// libgit2 looks for known hosts below the home directory only, to ask the server for the kind of
/// key that is known. So there is a home beside the mirror with nothing else in it.
Status MakeHome(const FetchRequest& request, const std::string& home) {
  std::error_code error;
  fs::create_directories(home + "/.ssh", error);
  if (!error) fs::permissions(home, fs::perms::owner_all, error);
  if (!error) {
    const std::string file = home + "/.ssh/known_hosts";
    fs::remove(file, error);
    std::ofstream out(file);
    if (!request.known_hosts_file.empty()) out << PreferredFirst(request.known_hosts_file);
    if (!out) error = std::make_error_code(std::errc::io_error);
  }
  if (!error) return {};
  return Fail(ErrorCode::kUnavailable, fmt::format("write {}: {}", home, error.message()));
}

Result<FetchResult> FetchInto(const FetchRequest& request, const RemoteUrl& url,
                              Connection& connection) {
  const Mirror mirror(request.mirror, url.Display());
  mirror.RemoveLeftovers();
  std::optional<std::string> unfit =
      request.anew ? "damaged: files of it cannot be read" : mirror.Unfit(request.max_bytes);
  if (!unfit) {
    Attempt attempt(request, connection, mirror.path());
    auto commit = attempt.Run();
    if (commit) return FetchResult{*std::move(commit), "", connection.received()};
    const bool damaged = attempt.mirror_at_fault() || commit.error().code() == ErrorCode::kDataLoss;
    if (!damaged) return std::unexpected(commit.error());
    unfit = "damaged: " + commit.error().ToString();
  }
  MOORING_TRY(const std::string fresh, mirror.MakeBeside());
  auto commit = Attempt(request, connection, fresh).Run();
  if (!commit) {
    mirror.RemoveLeftovers();
    return std::unexpected(commit.error());
  }
  MOORING_RETURN_IF_ERROR(mirror.TakeBeside());
  return FetchResult{*std::move(commit), *unfit, connection.received()};
}

}  // namespace

Result<FetchResult> Fetch(const FetchRequest& request, const FetchProgress& progress) {
  MOORING_TRY(const RemoteUrl url, ParseRemoteUrl(request.url));
  const auto with_context = [&](const Error& error) {
    return std::unexpected(error.WithContext("fetch " + url.Display()));
  };
  const std::string home = request.mirror + ".home";
  if (const Status made = MakeHome(request, home); !made) return with_context(made.error());
  // Before libgit2 starts; this process has one thread.
  ::setenv("HOME", home.c_str(), 1);  // NOLINT(concurrency-mt-unsafe)
  const Library library;
  git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, GIT_CONFIG_LEVEL_GLOBAL, home.c_str());
  git_libgit2_opts(GIT_OPT_SET_PACK_MAX_OBJECT_SIZE, static_cast<size_t>(request.max_bytes));
  // NOLINTNEXTLINE(concurrency-mt-unsafe)
  if (const char* file = std::getenv("SSL_CERT_FILE"))
    git_libgit2_opts(GIT_OPT_SET_SSL_CERT_LOCATIONS, file, nullptr);
  Connection connection(request, url, progress);
  if (const Status ready = connection.Prepare(); !ready) return with_context(ready.error());
  if (request.only_look) {
    const Status opened = connection.Open(nullptr);
    if (!opened) return with_context(opened.error());
    auto heads = connection.List();
    if (!heads) return with_context(heads.error());
    if (!request.commit.empty()) return FetchResult{request.commit, "", 0};
    auto followed = FindFollowed(request, *heads);
    if (!followed) return with_context(followed.error());
    return FetchResult{followed->commit, "", 0};
  }
  auto fetched = FetchInto(request, url, connection);
  if (!fetched) return with_context(fetched.error());
  return fetched;
}

}  // namespace mooring::git
