#include "base/keyring.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/stat.h>

#include "base/crypto.h"
#include "base/file.h"
#include "base/temp_folder.h"

namespace threeport::base {
namespace {

/// Bytes 0 to 31.
std::string sample_key() {
  std::string bytes;
  for (char c = 0; c < 32; ++c) bytes += c;
  return base64_encode(bytes);
}

std::string revealed(const Result<Secret<std::string>>& result) {
  return result ? result->reveal() : "error: " + result.error().message;
}

TEST(Keyring, StoresTheKeyIdBeforeTheValue) {
  const auto ring = Keyring::parse(sample_key());
  ASSERT_TRUE(ring);
  // printf of the bytes 0 to 31 | sha256sum
  EXPECT_EQ(ring->key_id(), "630dcd29");
  const std::string stored = ring->encrypt("secret");
  EXPECT_EQ(Keyring::key_id_of(stored), "630dcd29");
  EXPECT_EQ(stored, "630dcd29:" + std::string(Keyring::without_key_id(stored)));
  EXPECT_EQ(base64_decode(Keyring::without_key_id(stored))->size(), 12U + 6U + 16U);
  EXPECT_TRUE(ring->knows("630dcd29"));
  EXPECT_FALSE(ring->knows("00000000"));
  EXPECT_FALSE(ring->knows(""));
}

TEST(Keyring, ReadsWhatAnotherImplementationOfTheFormatWrote) {
  // AES-256-GCM of "secret" with the sample key and the nonce of bytes 0 to 11, by Go's crypto/cipher.
  const auto ring = Keyring::parse(sample_key());
  EXPECT_EQ(revealed(ring->decrypt("630dcd29:AAECAwQFBgcICQoLNGe1aaCRwxgbUOVcy2jwB3jZa7D6iA==")), "secret");
}

TEST(Keyring, EncryptsTheSameTextDifferentlyEachTime) {
  const Keyring ring = Keyring::generate();
  EXPECT_NE(ring.encrypt("x"), ring.encrypt("x"));
}

RC_GTEST_PROP(Keyring, DecryptsWhatItEncrypted, (const std::string& plain)) {
  static const Keyring ring = Keyring::generate();
  const std::string stored = ring.encrypt(plain);
  RC_ASSERT(ring.decrypt(stored)->reveal() == plain);
  RC_ASSERT(ring.decrypt(Keyring::without_key_id(stored))->reveal() == plain);
}

TEST(Keyring, RefusesAValueThatWasChangedInAnyBit) {
  const Keyring ring = Keyring::generate();
  const std::string stored = ring.encrypt("secret");
  const std::string bytes = *base64_decode(Keyring::without_key_id(stored));
  for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
    std::string changed = bytes;
    changed[i / 8] = static_cast<char>(changed[i / 8] ^ (1 << (i % 8)));
    const auto plain = ring.decrypt(ring.key_id() + ":" + base64_encode(changed));
    ASSERT_FALSE(plain) << i;
    EXPECT_EQ(plain.error().kind, ErrorKind::invalid);
  }
}

TEST(Keyring, RefusesAValueOfAnotherFormat) {
  const Keyring ring = Keyring::generate();
  for (const char* value : {"", "plain text", "AAAA"}) {
    const auto plain = ring.decrypt(value);
    ASSERT_FALSE(plain) << value;
    EXPECT_EQ(plain.error().kind, ErrorKind::invalid);
  }
  EXPECT_EQ(ring.decrypt(ring.key_id() + ":AAAA").error().message, "an encrypted value is too short: it was cut");
}

TEST(Keyring, NamesTheKeyThatIsMissing) {
  const auto plain = Keyring::generate().decrypt("deadbeef:AAAA");
  ASSERT_FALSE(plain);
  EXPECT_EQ(plain.error().kind, ErrorKind::denied);
  EXPECT_EQ(plain.error().message,
            "a value was encrypted with the key deadbeef, which is not at hand: give the encryption key of this "
            "installation");
}

TEST(Keyring, OlderKeysOnlyDecrypt) {
  const std::string old_key = base64_encode(std::string(32, 'o'));
  const auto old_ring = Keyring::parse(old_key);
  const auto ring = Keyring::parse(sample_key() + "\n" + old_key + "\n");
  ASSERT_TRUE(ring);
  EXPECT_EQ(ring->key_id(), "630dcd29");
  const std::string stored = old_ring->encrypt("x");
  EXPECT_EQ(revealed(ring->decrypt(stored)), "x");
  EXPECT_EQ(revealed(ring->decrypt(Keyring::without_key_id(stored))), "x");
}

TEST(Keyring, AKeyIsTheBase64TextOf32Bytes) {
  EXPECT_EQ(Keyring::parse("").error().message, "the encryption key is empty: give the base64 text of 32 bytes");
  EXPECT_EQ(Keyring::parse("  \n").error().kind, ErrorKind::invalid);
  EXPECT_EQ(Keyring::parse("AAAA").error().message,
            "the encryption key has 3 bytes instead of 32: give the base64 text of 32 bytes");
  const auto ring = Keyring::parse("not base64!");
  ASSERT_FALSE(ring);
  EXPECT_EQ(ring.error().message.find("not base64!"), std::string::npos) << "a key never shows in a message";
  EXPECT_TRUE(Keyring::parse(" " + sample_key() + "\r\n"));
}

TEST(Keyring, AMadeFileIsPrivateAndIsLoadedAgain) {
  const TempFolder folder;
  const auto path = folder.path() / "encryption.key";
  const auto made = Keyring::create(path);
  ASSERT_TRUE(made);
  struct stat status = {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  const auto loaded = Keyring::load(path);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(revealed(loaded->decrypt(made->encrypt("x"))), "x");
}

TEST(Keyring, NeverReplacesAKeyFile) {
  const TempFolder folder;
  const auto path = folder.path() / "encryption.key";
  const auto first = Keyring::create(path);
  const auto second = Keyring::create(path);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::conflict);
  EXPECT_EQ(Keyring::load(path)->key_id(), first->key_id());
}

TEST(Keyring, TellsWhichFileIsMissingOrBroken) {
  const TempFolder folder;
  const auto path = folder.path() / "encryption.key";
  EXPECT_EQ(Keyring::load(path).error().kind, ErrorKind::not_found);
  ASSERT_TRUE(write_file_atomically(path, "AAAA\n"));
  EXPECT_EQ(Keyring::load(path).error().message,
            path.string() + ": the encryption key has 3 bytes instead of 32: give the base64 text of 32 bytes");
}

}  // namespace
}  // namespace threeport::base
