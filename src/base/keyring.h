// Encryption of secret members at rest: AES-256-GCM, in the format of the v0 API with the key's id before it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace threeport::base {

/// One or more keys of 32 bytes: the first one encrypts, all of them decrypt. A stored value is
/// `<key id>:<base64 of 12-byte nonce, ciphertext, 16-byte tag>`; a key's id is the first 8 hex digits of the SHA-256
/// of its bytes. Immutable, so thread-safe. Nothing here blocks but load and create.
class Keyring {
 public:
  /// `text`: base64 of 32 bytes, one key a line; empty lines and white space around are skipped. Error `invalid`.
  static Result<Keyring> parse(std::string_view text);
  /// A new random key.
  static Keyring generate();
  /// Reads a key file, parse() of its content. Errors: of system_error (`not_found`: no file), `invalid`.
  static Result<Keyring> load(const std::filesystem::path& path);
  /// Makes a key file (mode 0600) with a new key; file and name are on disk on return. Errors: of system_error
  /// (`conflict`: there is a file already; it stays as it is).
  static Result<Keyring> create(const std::filesystem::path& path);

  /// Stored value with the first key's id. The same plain text gives another value each time.
  [[nodiscard]] std::string encrypt(std::string_view plain) const;
  /// The plain text. A value without key id (as the API answers it) is tried with every key. Errors: `denied` where the
  /// key is not in the ring, `invalid` where the value is not of the format or was changed.
  [[nodiscard]] Result<Secret<std::string>> decrypt(std::string_view stored) const;

  [[nodiscard]] bool knows(std::string_view key_id) const;
  /// Id of the key that encrypts.
  [[nodiscard]] const std::string& key_id() const;

  /// The part after the key id, as the API answers it; all of it where there is no key id.
  static std::string_view without_key_id(std::string_view stored);
  /// The key id; empty where there is none.
  static std::string_view key_id_of(std::string_view stored);

 private:
  struct Key {
    std::string id;
    Secret<std::string> bytes;
  };
  Keyring() = default;
  void add(Secret<std::string> bytes);

  std::vector<Key> keys_;
};

}  // namespace threeport::base
