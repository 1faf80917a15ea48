#include "apps/threeportd/encryption_key.h"

#include <filesystem>

#include "base/log.h"

namespace threeport {
namespace {

constexpr std::string_view kKeyId = "encryption_key_id";

base::Result<std::filesystem::path> key_path(const DaemonOptions& options, const std::string& installation_uid) {
  if (!options.encryption_key_file.empty()) return std::filesystem::path(options.encryption_key_file);
  constexpr std::string_view kSqlite = "sqlite://";
  if (options.database.starts_with(kSqlite)) {
    return std::filesystem::path(options.database.substr(kSqlite.size())).parent_path() / "encryption.key";
  }
  if (options.home.empty())
    return base::invalid("HOME is not set: name the key with --encryption-key-file or ENCRYPTION_KEY");
  const auto folder = std::filesystem::path(options.home) / ".threeport" / "server";
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (failure) return base::denied("cannot make the folder " + folder.string() + ": " + failure.message());
  return folder / (installation_uid + ".key");
}

base::Result<base::Keyring> find_or_make(const DaemonOptions& options, const std::string& installation_uid,
                                         bool may_make) {
  if (!options.encryption_key.empty()) {
    auto keyring = base::Keyring::parse(options.encryption_key);
    if (!keyring) return std::move(keyring).error().with_context("ENCRYPTION_KEY");
    return keyring;
  }
  if (options.database == "sqlite::memory:") return base::Keyring::generate();
  TP_TRY(const auto path, key_path(options, installation_uid));
  auto loaded = base::Keyring::load(path);
  if (loaded || loaded.error().kind != base::ErrorKind::not_found) return loaded;
  if (!may_make) {
    return base::invalid("the database has secrets, but its encryption key is missing: there is no file " +
                         path.string() + "; restore it, or name it with --encryption-key-file or ENCRYPTION_KEY");
  }
  base::log::info("made an encryption key: keep a copy of it", {{"file", path.string()}});
  return base::Keyring::create(path);
}

}  // namespace

base::Result<base::Keyring> open_keyring(const DaemonOptions& options, store::Store& store,
                                         const std::string& installation_uid) {
  TP_TRY(const auto known, store.meta(kKeyId));
  TP_TRY(const bool is_new, store.is_new());
  TP_TRY(base::Keyring keyring, find_or_make(options, installation_uid, is_new && !known));
  if (known && !keyring.knows(*known)) {
    return base::invalid("the database was encrypted with key " + *known + ", but the key given is " +
                         keyring.key_id() + ": name the right one with --encryption-key-file or ENCRYPTION_KEY");
  }
  if (!known) TP_CHECK(store.set_meta(kKeyId, keyring.key_id()));
  return keyring;
}

}  // namespace threeport
